# Tokens: what their verification adds, beside what OpenSSL takes.
set title "Tokens, processor time of one call"
set ylabel "microseconds (log)"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set logscale y
set yrange [0.1:1000]
set key vertical maxrows 3
set lmargin 10
text(y) = y < 10 ? sprintf("%.2f", y) : sprintf("%.0f", y)
plot data using 2:xtic(1) lc rgb subselect, \
     data using 3 lc rgb ours, \
     data using (column(0) - 0.17):2:(text($2)) with labels font ",9" offset 0, 0.5 notitle, \
     data using (column(0) + 0.17):3:(text($3)) with labels font ",9" offset 0.4, 0.5 notitle, \
     data using (column(0) + 0.17):4 with points pt 1 ps 2 lw 2 lc rgb "black" title "goal"
