#include "cr_pool.h"
void cr_parallel(int64_t parts, cr_task task, void *context) {
  for (int64_t i = 0; i < parts; i++) task(context, i);
}
int64_t cr_parts(int64_t work, int64_t grain) {
  int64_t parts = work / grain;
  return parts < 1 ? 1 : parts > 64 ? 64 : parts;
}
