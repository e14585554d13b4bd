# One backend of a pool.
set title "Private memory of one backend that has served 2,000 tenants, ten tables each"
set ylabel "MB (log)"
set style fill solid 0.9 noborder
set boxwidth 0.6
set logscale y
set yrange [0.1:2000]
set offsets 0.5, 0.5, 0, 0
unset key
colour(s) = s[1:5] eq "djust" ? 0x0b6e4f : 0x8d96a3
plot data using 0:2:(colour(strcol(1))):xtic(1) with boxes lc rgb variable, \
     data using 0:(column(2)):(sprintf("%s%.1f", strcol(3) eq "-" ? "" : strcol(3) . "\n", column(2))) \
         with labels offset 0, 1.4
