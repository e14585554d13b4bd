# Draws the ratios of one meter. Variables: input (a .dat of the client), output (an SVG), heading.
# What lies beyond the picture stands at its edge, with its number.
set terminal svg noenhanced size 1500,800 font "sans-serif,12" background "white"
set output output
set title heading
set datafile separator "\t"
set datafile missing "?"
set key top center horizontal outside
set ylabel "ratio to LIMIT (log)"
low = 0.5
high = 2.5
set logscale y
set yrange [low * 0.94:high * 1.06]
set ytics (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2, 2.5)
set offsets 0.4, 0.7, 0, 0
set grid ytics xtics
set xtics rotate by 55 right font ",10"
set bmargin 13
set arrow from graph 0, first 1 to graph 1, first 1 nohead lw 2 lc rgb "black" front
columns = system("head -n 1 '" . input . "' | tr '\\t' '\\n' | wc -l") + 0
# Side by side, or equal ratios would hide each other.
place(row, i) = row + (i - (columns + 2) / 2.0) * 0.11
clamp(y) = y < low ? low : y > high ? high : y
outside(y) = y < low || y > high ? sprintf("%.2g", y) : ""
set key autotitle columnheader
plot input using 0:(1):xtic(1) with points pointtype -1 title "", \
     for [i = 2:columns] input using (place(column(0), i)):(clamp(column(i))) \
         with points pointtype i + 3 pointsize 0.9 linewidth 1.5, \
     for [i = 2:columns] input using (place(column(0), i)):(clamp(column(i))):(outside(column(i))) \
         with labels offset 2.2, 0 font ",9" title ""
