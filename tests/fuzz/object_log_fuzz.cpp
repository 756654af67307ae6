// The file of a persistent shared object. What is read must be the same when it is written anew.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "node/object_log.hpp"

namespace {

using namespace multiconnection::node;

/// Values that are no numbers differ from themselves: their bytes do not.
void check(const ObjectLog& log, std::size_t size) {
  if (log.validBytes > size || log.content.slots.size() != log.encoded.size()) std::abort();
  multiconnection::Bytes again = makeLogHeader();
  appendLogRecord(again, makeLogPayload(log.content.version, log.encoded));
  const auto read = parseObjectLog(again);
  if (!read || read->encoded != log.encoded || read->content.version != log.content.version) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto log = parseObjectLog(std::span(data, size));
  if (log) check(*log, size);
  // Behind a checksum that is right, too, which chance does not find.
  multiconnection::Bytes file = makeLogHeader();
  appendLogRecord(file, std::span(data, size));
  if (const auto record = parseObjectLog(file)) check(*record, file.size());
  return 0;
}
