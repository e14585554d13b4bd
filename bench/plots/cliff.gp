# Conditions that are not leakproof: an index, or every row of the tenant.
set title "Operators that are not leakproof, tenant-leading index, instructions"
set ylabel "ratio to LIMIT (log)"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set logscale y
set yrange [0.3:20<*]
set ytics (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
set xtics rotate by 30 right font ",11"
set bmargin 9
set lmargin 16
eval limit_line
text(y) = y < 10 ? sprintf("%.2f", y) : sprintf("%.0f", y)
plot data using 2:xtic(1) lc rgb plain title "plain row-level security (all switched off)", \
     data using 3 lc rgb ours, \
     data using (column(0) - 0.17):2:(text($2)) with labels font ",8" offset 0, 0.5 notitle, \
     data using (column(0) + 0.17):3:(text($3)) with labels font ",8" offset 0.6, 0.5 notitle
