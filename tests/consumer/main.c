/* What an application in C does first: an array that cannot be connected to says so, and its
   handlers end. Compiled as C99. */
#include <multiconnection.h>
#include <stdio.h>

typedef struct answers {
  int failed;
  int closed;
  int destroyed;
} answers;

static void onEvent(void* user, const mc_event* event) {
  answers* all = user;
  printf("%s: %s\n", mc_version(), event->text);
  if (mc_event_is(event, MC_CODE_SETUP_FAILED)) ++all->failed;
  if (mc_event_is(event, MC_CODE_CLOSED)) ++all->closed;
}

static void onDestroy(void* user) { ++((answers*)user)->destroyed; }

static mc_result run(mc_array* array, answers* all, mc_error* error) {
  mc_server_entry server;
  mc_result result = mc_array_on_event(array, onEvent, all, onDestroy, NULL, error);
  if (result != MC_OK) return result;
  mc_server_entry_init(&server, sizeof(server));
  server.url = "rtmp://127.0.0.1:1/live"; /* Port 1 of this machine: nobody listens there. */
  result = mc_array_connect(array, &server, 1, NULL, error);
  if (result == MC_OK) result = mc_array_close(array, 0, error);
  if (result == MC_OK) result = mc_array_wait_closed(array, 10000, error);
  return result;
}

int main(void) {
  answers all = {0, 0, 0};
  mc_error error = MC_ERROR_INIT;
  mc_array* array = NULL;
  mc_result result = mc_array_new(NULL, &array, &error);
  if (result == MC_OK) result = run(array, &all, &error);
  if (result != MC_OK) fprintf(stderr, "%s: %s\n", mc_result_text(result), error.message);
  mc_array_free(array);
  return result == MC_OK && all.closed == 1 && all.destroyed == 1 ? 0 : 1;
}
