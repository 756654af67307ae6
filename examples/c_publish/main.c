/* Publishes an FLV file, in real time, to every server of an array under one stream name; in C.

     c_publish clip.flv webCastName rtmp://a.example/live rtmp://b.example/live */

#include <errno.h>
#include <inttypes.h>
#include <multiconnection.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The one answer that main waits for; events come on a thread of the library. */
typedef struct outcome {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int published; /* 0: no verdict yet; 1: MC_CODE_PUBLISH_SUCCESS; -1: MC_CODE_PUBLISH_FAILED. */
} outcome;

static void onEvent(void* user, const mc_event* event) {
  outcome* out = user;
  printf("%s\n", event->text);
  pthread_mutex_lock(&out->mutex);
  if (mc_event_is(event, MC_CODE_PUBLISH_SUCCESS)) out->published = 1;
  if (mc_event_is(event, MC_CODE_PUBLISH_FAILED)) out->published = -1;
  pthread_cond_broadcast(&out->changed);
  pthread_mutex_unlock(&out->mutex);
}

static int waitForVerdict(outcome* out) {
  pthread_mutex_lock(&out->mutex);
  while (out->published == 0) pthread_cond_wait(&out->changed, &out->mutex);
  pthread_mutex_unlock(&out->mutex);
  return out->published > 0;
}

/* One tag of the file. */
typedef struct tag {
  mc_media_kind kind;
  int64_t timestamp;
  size_t size;
  uint8_t* body;
} tag;

static size_t bigEndian(const uint8_t* at, int count) {
  size_t number = 0;
  while (count-- > 0) number = number << 8 | *at++;
  return number;
}

static int readHeader(FILE* file) {
  uint8_t header[13]; /* With the first back pointer. */
  return fread(header, 1, sizeof(header), file) == sizeof(header) &&
         memcmp(header, "FLV\1", 4) == 0;
}

/* 0 at the end of the file, and where it is cut. */
static int readTag(FILE* file, tag* next) {
  uint8_t header[11];
  uint8_t back[4];
  if (fread(header, 1, sizeof(header), file) != sizeof(header)) return 0;
  next->kind = header[0];
  next->size = bigEndian(header + 1, 3);
  next->timestamp = (int64_t)(bigEndian(header + 4, 3) | (size_t)header[7] << 24);
  next->body = malloc(next->size + 1);
  if (next->body != NULL && fread(next->body, 1, next->size, file) == next->size &&
      fread(back, 1, sizeof(back), file) == sizeof(back)) {
    return 1;
  }
  free(next->body);
  return 0;
}

static int64_t milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void sleepUntil(int64_t time) {
  const int64_t left = time - milliseconds();
  struct timespec nap;
  if (left <= 0) return;
  nap.tv_sec = (time_t)(left / 1000);
  nap.tv_nsec = (long)(left % 1000) * 1000000;
  nanosleep(&nap, NULL);
}

static mc_result pushFile(FILE* file, mc_packet_source* source, mc_error* error) {
  const int64_t start = milliseconds();
  mc_result result = MC_OK;
  tag next;
  while (result == MC_OK && readTag(file, &next)) {
    sleepUntil(start + next.timestamp);
    result =
        mc_packet_source_push_tag(source, next.kind, next.timestamp, next.body, next.size, error);
    free(next.body);
  }
  return result;
}

static mc_result connectAll(mc_array* array, char** urls, size_t count, mc_error* error) {
  mc_result result;
  size_t i;
  mc_server_entry* servers = calloc(count, sizeof(*servers));
  for (i = 0; servers != NULL && i < count; ++i) {
    mc_server_entry_init(&servers[i], sizeof(servers[i]));
    servers[i].url = urls[i];
  }
  result = mc_array_connect(array, servers, servers == NULL ? 0 : count, NULL, error);
  free(servers);
  return result;
}

static void printSummary(mc_array* array) {
  mc_statistics* statistics = NULL;
  const mc_server_statistics* server;
  size_t i;
  if (mc_array_statistics(array, &statistics, NULL) != MC_OK) return;
  for (i = 0; (server = mc_statistics_at(statistics, i)) != NULL; ++i) {
    printf("%s %s: %" PRIu64 " video and %" PRIu64 " audio messages, %" PRIu64 " dropped\n",
           server->url, mc_server_state_text(server->state), server->video_messages,
           server->audio_messages, server->dropped_video + server->dropped_audio);
  }
  mc_statistics_free(statistics);
}

/* Everything that can fail, in order; `error` says what did. */
static mc_result webcast(FILE* file, mc_array* array, mc_packet_source* source, char** arguments,
                         size_t servers, outcome* out, mc_error* error) {
  mc_stream* stream = mc_array_stream(array);
  mc_result result = mc_array_on_event(array, onEvent, out, NULL, NULL, error);
  if (result == MC_OK) result = connectAll(array, arguments + 1, servers, error);
  if (result == MC_OK) result = mc_stream_attach(stream, source, error);
  if (result == MC_OK) result = mc_stream_publish(stream, arguments[0], NULL, error);
  if (result != MC_OK) return result;
  if (!waitForVerdict(out)) return MC_REFUSED; /* onEvent has printed why. */
  result = pushFile(file, source, error);
  if (result == MC_OK) result = mc_array_close(array, 2000, error);
  if (result == MC_OK) result = mc_array_wait_closed(array, 5000, error);
  if (result == MC_OK) printSummary(array);
  return result;
}

int main(int argc, char** argv) {
  outcome out = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
  mc_error error = MC_ERROR_INIT;
  mc_array* array = NULL;
  mc_packet_source* source = NULL;
  mc_result result;
  FILE* file;
  if (argc < 4) {
    fprintf(stderr, "usage: c_publish FILE.flv NAME URL [URL ...]\n");
    return 2;
  }
  file = fopen(argv[1], "rb");
  if (file == NULL || !readHeader(file)) {
    fprintf(stderr, "c_publish: %s: %s\n", argv[1], file == NULL ? strerror(errno) : "no FLV file");
    if (file != NULL) fclose(file);
    return 1;
  }
  result = mc_array_new(NULL, &array, &error);
  if (result == MC_OK) result = mc_packet_source_new(&source, &error);
  if (result == MC_OK) {
    result = webcast(file, array, source, argv + 2, (size_t)argc - 3, &out, &error);
  }
  if (error.result != MC_OK) fprintf(stderr, "c_publish: %s\n", error.message);
  mc_packet_source_free(source);
  mc_array_free(array);
  fclose(file);
  return result == MC_OK ? 0 : 1;
}
