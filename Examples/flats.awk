# The table of flats in the README, with the same random numbers everywhere: awk -f Examples/flats.awk > flats.csv
# With -v rows=5 -v seed=2 -v new=1 a few new flats, without prices.
function random() { state = (state * 16807) % 2147483647; return state / 2147483647 }
BEGIN {
  state = (seed ? seed : 1) * 1000003 % 2147483647
  split("Oslo Bergen Bodo Tromso", cities); split("1.5 1 0.7 0.4", factors)
  print "area,age,floor,city" (new ? "" : ",price")
  for (i = 0; i < (rows ? rows : 2500); i++) {
    area = 20 + 130 * random(); age = int(80 * random()); floor = int(10 * random()); c = 1 + int(4 * random())
    price = 50 + 3 * area * factors[c] + 40 * sin(age / 12) + 0.015 * (floor - 4) ^ 2 * area + 4 * (random() - 0.5)
    cell[1] = sprintf("%.1f", area); cell[2] = age; cell[3] = floor; cell[4] = cities[c]
    # One flat in 33 has a hole.
    if (random() < 0.03) cell[1 + int(4 * random())] = ""
    print cell[1] "," cell[2] "," cell[3] "," cell[4] (new ? "" : sprintf(",%.2f", price))
  }
}
