# Reads: what stands in the way of a query of one tenant.
set title "Reads under tenant isolation, instructions (text key)"
set ylabel "ratio to LIMIT (tenant written by hand)"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set yrange [0.9:1.25]
set ytics 0.05
set xtics rotate by 30 right
set bmargin 6
eval limit_line
stats data using 0 skip 1 nooutput
columns = system("head -n 1 '" . data . "' | tr '\\t' '\\n' | wc -l") + 0
array colours[4] = [ours, plain, setting, subselect]
low(y) = y < 0.902 ? 0.902 : y
# What is beyond the picture says so.
over(y) = y > 1.25 ? sprintf("%.1f", y) : ""
plot for [i = 2:columns] data using (low(column(i))):xtic(1) lc rgb colours[i - 1], \
     for [i = 2:columns] data using (column(0) + (i - (columns + 2) / 2.0) / columns):(1.243):(over(column(i))) \
         with labels font ",9" notitle
