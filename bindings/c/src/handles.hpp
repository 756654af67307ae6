#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <multiconnection/multi_connection.hpp>
#include <mutex>
#include <vector>

#include "boundary.hpp"
#include "listeners.hpp"
#include "multiconnection_c/array.h"
#include "multiconnection_c/shared_object.h"

/// What stands behind the opaque handles.

struct mc_packet_source {
  std::shared_ptr<multiconnection::PacketSource> source;
};

struct mc_stream {
  multiconnection::MultiStream& stream;
};

struct mc_task {
  std::function<void()> run;
};

struct mc_array {
  explicit mc_array(multiconnection::MultiConnectionOptions options)
      : array(std::move(options)), stream{array.stream()} {}

  multiconnection::c::Listeners listeners;
  // Behind the listeners: it ends first, and with it every use of them.
  multiconnection::MultiConnection array;
  mc_stream stream;
};

struct mc_shared_object {
  explicit mc_shared_object(multiconnection::MultiSharedObject shared)
      : object(std::move(shared)) {}
  ~mc_shared_object();

  multiconnection::MultiSharedObject object;
  multiconnection::c::Listeners listeners;
  std::mutex mutex;  ///< Guards `messages`, which are those of the object.
  std::map<std::string, std::shared_ptr<multiconnection::c::Listener>> messages;
};

struct mc_shared_object_reports {
  std::vector<mc_shared_object_report> views;
  std::vector<multiconnection::AmfValue> slots;  ///< What the views point to.
};

struct mc_statistics {
  std::vector<multiconnection::ServerStatistics> servers;
  std::vector<mc_server_statistics> views;
  std::vector<std::vector<mc_codec>> codecs;  ///< What the views point to.
};
