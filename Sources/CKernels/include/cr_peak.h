// What this machine can do at most, measured on the spot with the pool's threads: the yardstick of the benchmarks.
#ifndef CR_PEAK_H
#define CR_PEAK_H

// float32 operations of independent fused multiply-adds that never leave the registers, a second. A fused one counts two.
double cr_measure_flops(double seconds);
// Bytes read and written by copies of 64 MiB, a second; 0 where there is no memory for it.
double cr_measure_bandwidth(double seconds);

#endif
