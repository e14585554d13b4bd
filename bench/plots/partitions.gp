# A look-up in a table with many partitions.
set title "PK look-up in a table partitioned by hash of the tenant, processor time, simple protocol"
set ylabel "ratio to LIMIT (log)"
set xlabel "partitions"
set logscale x 2
set logscale y
set xrange [12:340]
set xtics (16, 64, 256)
set yrange [0.7:*]
set ytics (1, 2, 5, 10, 20, 50, 100)
eval limit_line
set style data linespoints
plot data using 1:2 lc rgb plain lw 2 pt 7 title "plain row-level security (all switched off)", \
     data using 1:3 lc rgb setting lw 2 pt 5 dt 2, \
     data using 1:4 lc rgb ours lw 3 pt 9
