// Any bytes as an FLV: the size of the portions changes nothing, and what was read survives being
// written and read again.
#include "flv/flv_reader.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "flv/flv_writer.hpp"
#include "util/byte_writer.hpp"

using multiconnection::Bytes;
using multiconnection::MediaMessage;
namespace flv = multiconnection::flv;

namespace {

struct Read {
  std::vector<MediaMessage> messages;
  std::string fault;
};

Read readAll(std::span<const std::uint8_t> file, std::size_t portion) {
  flv::FlvReader reader;
  Read read;
  while (!file.empty()) {
    const auto part = file.first(std::min(portion, file.size()));
    file = file.subspan(part.size());
    const auto fed = reader.feed(
        part, [&](MediaMessage&& message) { read.messages.push_back(std::move(message)); });
    if (!fed) {
      read.fault = fed.error().message;
      return read;
    }
  }
  if (const auto end = reader.finish(); !end) read.fault = end.error().message;
  return read;
}

bool same(const std::vector<MediaMessage>& left, const std::vector<MediaMessage>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const MediaMessage& a, const MediaMessage& b) {
                      return a.kind == b.kind && a.timestamp == b.timestamp && *a.body == *b.body;
                    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Read whole = readAll({data, size}, size);
  const Read parts = readAll({data, size}, data[size - 1] % 16U + 1U);
  if (whole.fault != parts.fault || !same(whole.messages, parts.messages)) std::abort();

  Bytes file;
  flv::appendFlvHeader(file, true, true);
  for (const MediaMessage& message : whole.messages) {
    if (message.timestamp.count() < 0) std::abort();
    flv::appendTagHeader(file, message, message.body->size());
    multiconnection::util::ByteWriter(file).bytes(*message.body);
    flv::appendTagTrailer(file, message.body->size());
  }
  const Read again = readAll(file, file.size());
  if (!again.fault.empty() || again.messages.size() != whole.messages.size()) std::abort();
  for (std::size_t i = 0; i < again.messages.size(); ++i) {
    if (*again.messages[i].body != *whole.messages[i].body) std::abort();
  }
  return 0;
}
