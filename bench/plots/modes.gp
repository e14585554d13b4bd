# What holds a tenant otherwise than a SET.
set title "PK look-up in signed mode, and where roles have fences, instructions"
set ylabel "ratio to open mode without fences"
set style fill solid 0.9 noborder
set boxwidth 0.5
set yrange [0.9:1.1]
set xtics rotate by 20 right
set bmargin 6
set lmargin 12
set offsets 0.5, 0.5, 0, 0
set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead lw 2 lc rgb 'black' front
unset key
plot data using 0:2:xtic(1) with boxes lc rgb ours, \
     data using 0:2:(sprintf("%.3f", column(2))) with labels offset 0, 0.7
