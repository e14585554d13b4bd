# Ways to load a file for a tenant.
set title "Loading rows of one tenant, instructions"
set ylabel "ratio to LIMIT (COPY, tenant in the file)"
set style fill solid 0.9 noborder
set boxwidth 0.6
set yrange [0:*]
set xtics rotate by 20 right
set bmargin 7
set lmargin 16
set offsets 0.5, 0.5, 0.2, 0
eval limit_line
unset key
# A way that the server refuses has no number.
colour(s) = s[1:5] eq "djust" ? 0x0b6e4f : 0x8d96a3
plot data using 0:2:(colour(strcol(1))):xtic(1) with boxes lc rgb variable, \
     data using 0:2:3 with labels offset 0, 0.7
