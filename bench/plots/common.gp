# What the plots share. Variables, from bench/run: kind (svg or png), data (columns of the client), output.
if (kind eq "svg") \
    set terminal svg noenhanced size 900,480 font "sans-serif,13" background "white"; \
else \
    set terminal pngcairo noenhanced size 900,480 font "sans,10" background "white"
set output output
set datafile separator "\t"
set datafile missing "?"
set key autotitle columnheader
set key outside top center horizontal
set border 3
set tics nomirror out
set grid ytics lc rgb "#dddddd"
# Ours stands out; the others are those that it is compared with.
ours = "#0b6e4f"
plain = "#d1495b"
setting = "#edae49"
subselect = "#8d96a3"
schema = "#3d5a80"
# LIMIT = 1, over everything.
limit_line = "set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead lw 2 lc rgb 'black' front; set label 1 'LIMIT' at graph 1.005, first 1 left"
set rmargin 9
