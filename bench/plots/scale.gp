# The number of tenants.
set title "Look-ups in the same rows, divided among more and more tenants"
set ylabel "ratio to LIMIT (log)"
set xlabel "tenants (log)"
set logscale x 10
set logscale y
set xrange [7:150000]
set xtics ("10" 10, "100" 100, "500" 500, "2,000" 2000, "10,000" 10000, "100,000" 100000)
set yrange [0.7:*]
set ytics (0.7, 0.8, 0.9, 1, 1.2, 1.5, 2, 3, 4, 5, 7, 10)
set key inside top left vertical Left reverse
eval limit_line
set style data linespoints
plot data using 1:2 lc rgb ours lw 3 pt 9, \
     data using 1:3 lc rgb setting lw 2 pt 5 dt 2, \
     data using 1:4 lc rgb schema lw 2 pt 7
