// Threads that take turns: a turn goes on while its starter waits, until it pauses or ends.
#include "cr_mpi.h"

#include <pthread.h>
#include <stdlib.h>

struct cr_turn {
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  void (*body)(void *);
  void *context;
  bool runs, has_ended;
};

static void *run(void *argument) {
  cr_turn *turn = argument;
  pthread_mutex_lock(&turn->lock);
  while (!turn->runs) pthread_cond_wait(&turn->changed, &turn->lock);
  pthread_mutex_unlock(&turn->lock);
  turn->body(turn->context);
  pthread_mutex_lock(&turn->lock);
  turn->runs = false;
  turn->has_ended = true;
  pthread_cond_broadcast(&turn->changed);
  pthread_mutex_unlock(&turn->lock);
  return NULL;
}

cr_turn *cr_turn_make(void (*body)(void *), void *context) {
  cr_turn *turn = calloc(1, sizeof *turn);
  if (!turn) return NULL;
  turn->body = body;
  turn->context = context;
  pthread_mutex_init(&turn->lock, NULL);
  pthread_cond_init(&turn->changed, NULL);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  // As much as a program's first thread has.
  pthread_attr_setstacksize(&attributes, 8 << 20);
  const int error = pthread_create(&turn->thread, &attributes, run, turn);
  pthread_attr_destroy(&attributes);
  if (!error) return turn;
  free(turn);
  return NULL;
}

bool cr_turn_go(cr_turn *turn) {
  pthread_mutex_lock(&turn->lock);
  turn->runs = true;
  pthread_cond_broadcast(&turn->changed);
  while (turn->runs) pthread_cond_wait(&turn->changed, &turn->lock);
  const bool has_ended = turn->has_ended;
  pthread_mutex_unlock(&turn->lock);
  return !has_ended;
}

void cr_turn_pause(cr_turn *turn) {
  pthread_mutex_lock(&turn->lock);
  turn->runs = false;
  pthread_cond_broadcast(&turn->changed);
  while (!turn->runs) pthread_cond_wait(&turn->changed, &turn->lock);
  pthread_mutex_unlock(&turn->lock);
}

void cr_turn_free(cr_turn *turn) {
  pthread_join(turn->thread, NULL);
  pthread_cond_destroy(&turn->changed);
  pthread_mutex_destroy(&turn->lock);
  free(turn);
}
