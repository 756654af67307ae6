#include "node/object_log.hpp"

#include <algorithm>
#include <boost/crc.hpp>
#include <functional>
#include <utility>

#include "amf/amf0.hpp"
#include "util/byte_reader.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::node {
namespace {

constexpr std::string_view kMagic = "MCSO";
constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kRecordHeadBytes = 12;
constexpr std::size_t kLeastPayloadBytes = 4;
/// What a disk writes whole or not at all.
constexpr std::size_t kSectorBytes = 512;

enum class Change : std::uint8_t { Set = 1, Delete = 2, Clear = 3 };

std::uint32_t checksum(std::span<const std::uint8_t> bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

Error corrupt(std::size_t offset, const std::string& rule) {
  return {Errc::CorruptData, "at byte " + std::to_string(offset) + ": " + rule};
}

void appendName(util::ByteWriter& writer, Change change, const std::string& name) {
  writer.u8(static_cast<std::uint8_t>(change));
  writer.u16(static_cast<std::uint16_t>(name.size()));
  writer.text(name);
}

void appendSet(Bytes& out, const std::string& name, const Bytes& value) {
  util::ByteWriter writer(out);
  appendName(writer, Change::Set, name);
  writer.u32(static_cast<std::uint32_t>(value.size()));
  writer.bytes(value);
}

using OnChange =
    std::function<void(Change, const std::string& name, std::span<const std::uint8_t> value)>;

/// @return whether the payload is whole.
bool readPayload(std::span<const std::uint8_t> payload, std::uint32_t& version,
                 const OnChange& onChange) {
  util::ByteReader in(payload);
  version = in.u32();
  while (in.ok() && in.remaining() != 0) {
    const auto change = static_cast<Change>(in.u8());
    std::string name;
    std::span<const std::uint8_t> value;
    if (change != Change::Clear) {
      const auto bytes = in.take(in.u16());
      name.assign(bytes.begin(), bytes.end());
    }
    if (change == Change::Set) value = in.take(in.u32());
    if (!in.ok() || change < Change::Set || change > Change::Clear) return false;
    onChange(change, name, value);
  }
  return in.ok();
}

void apply(Change change, const std::string& name, std::span<const std::uint8_t> value,
           EncodedSlots& slots) {
  switch (change) {
    case Change::Set:
      slots[name].assign(value.begin(), value.end());
      return;
    case Change::Delete:
      slots.erase(name);
      return;
    case Change::Clear:
      slots.clear();
      return;
  }
}

bool allZero(std::span<const std::uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

/// What stands before a payload.
struct RecordHead {
  std::uint32_t length = 0;
  std::uint32_t checksum = 0;
  bool valid = false;
};

RecordHead headOf(std::span<const std::uint8_t> record) {
  constexpr std::size_t kChecked = 8;
  util::ByteReader in(record);
  RecordHead head{in.u32(), in.u32()};
  head.valid = in.u32() == checksum(record.first(kChecked)) && head.length >= kLeastPayloadBytes;
  return head;
}

/// Whether the power may have failed while the record there was written: of the one or two sectors
/// in which its head stands one was not, and no record follows.
bool isTorn(std::span<const std::uint8_t> file, std::size_t offset) {
  const auto head = file.subspan(offset, kRecordHeadBytes);
  const std::size_t first = std::min(kRecordHeadBytes, kSectorBytes - offset % kSectorBytes);
  const auto second = head.subspan(first);
  if (!allZero(head.first(first)) && (second.empty() || !allZero(second))) return false;
  for (std::size_t at = offset + 1; at + kRecordHeadBytes <= file.size(); ++at) {
    if (headOf(file.subspan(at)).valid) return false;
  }
  return true;
}

/// The next record's payload; empty at the end of what is valid.
Result<std::span<const std::uint8_t>> nextRecord(std::span<const std::uint8_t> file,
                                                 std::size_t offset) {
  const auto rest = file.subspan(offset);
  constexpr std::span<const std::uint8_t> kEnd;
  // A file system may have made room for what it had not written when the power failed.
  if (rest.size() < kRecordHeadBytes || allZero(rest)) return kEnd;
  const RecordHead head = headOf(rest);
  if (!head.valid) {
    if (isTorn(file, offset)) return kEnd;
    return corrupt(offset, "the checksum of a record's length is wrong");
  }
  const auto behind = rest.subspan(kRecordHeadBytes);
  if (head.length > behind.size()) return kEnd;
  const auto payload = behind.first(head.length);
  if (checksum(payload) == head.checksum) return payload;
  if (allZero(behind.subspan(head.length))) return kEnd;
  return corrupt(offset, "the checksum of a record is wrong, and more follows");
}

}  // namespace

Bytes makeLogHeader() {
  Bytes out;
  util::ByteWriter writer(out);
  writer.text(kMagic);
  writer.u32(kFormat);
  return out;
}

Bytes makeLogPayload(const ObjectStep& step) {
  Bytes out;
  util::ByteWriter writer(out);
  writer.u32(step.version);
  if (step.cleared) writer.u8(static_cast<std::uint8_t>(Change::Clear));
  for (const SlotChange& change : step.changes) {
    if (change.value) {
      Bytes value;
      amf::encodeAmf0(value, *change.value);
      appendSet(out, change.slot, value);
    } else {
      appendName(writer, Change::Delete, change.slot);
    }
  }
  return out;
}

Bytes makeLogPayload(std::uint32_t version, const EncodedSlots& slots) {
  Bytes out;
  util::ByteWriter(out).u32(version);
  for (const auto& [name, value] : slots) appendSet(out, name, value);
  return out;
}

Bytes mergedLogPayload(const std::vector<Bytes>& payloads) {
  constexpr std::ptrdiff_t kVersionBytes = 4;
  Bytes out(payloads.back().begin(), payloads.back().begin() + kVersionBytes);
  for (const Bytes& payload : payloads) {
    out.insert(out.end(), payload.begin() + kVersionBytes, payload.end());
  }
  return out;
}

void appendLogRecord(Bytes& out, std::span<const std::uint8_t> payload) {
  Bytes head;
  util::ByteWriter writer(head);
  writer.u32(static_cast<std::uint32_t>(payload.size()));
  writer.u32(checksum(payload));
  writer.u32(checksum(head));
  out.insert(out.end(), head.begin(), head.end());
  out.insert(out.end(), payload.begin(), payload.end());
}

void applyLogPayload(std::span<const std::uint8_t> payload, EncodedSlots& slots,
                     std::uint32_t& version) {
  readPayload(payload, version, [&slots](Change change, const std::string& name, auto value) {
    apply(change, name, value, slots);
  });
}

Result<ObjectLog> parseObjectLog(std::span<const std::uint8_t> file) {
  util::ByteReader in(file);
  const auto magic = in.take(kMagic.size());
  const std::uint32_t format = in.u32();
  if (!in.ok() || !std::equal(magic.begin(), magic.end(), kMagic.begin())) {
    return corrupt(0, "it is no file of a shared object");
  }
  if (format != kFormat) {
    return corrupt(4, "its format is " + std::to_string(format) + ", 1 can be read");
  }
  ObjectLog log;
  log.validBytes = kHeaderBytes;
  while (true) {
    const auto payload = nextRecord(file, log.validBytes);
    if (!payload) return payload.error();
    if (payload->empty()) break;
    const auto change = [&log](Change what, const std::string& name, auto value) {
      apply(what, name, value, log.encoded);
    };
    if (!readPayload(*payload, log.content.version, change)) {
      return corrupt(log.validBytes, "a record holds no changes");
    }
    log.validBytes += kRecordHeadBytes + payload->size();
  }
  // A file comes into being with its first record; only those behind it can be torn by a crash.
  if (log.validBytes == kHeaderBytes && file.size() > kHeaderBytes) {
    return corrupt(kHeaderBytes, "the first record is not whole");
  }
  for (const auto& [name, bytes] : log.encoded) {
    util::ByteReader value(bytes);
    auto decoded = amf::Amf0Decoder(value).next();
    if (!decoded || value.remaining() != 0) {
      return corrupt(log.validBytes, "the value of a slot is no AMF0 value");
    }
    log.content.slots.emplace(name, *std::move(decoded));
  }
  log.content.exists = true;
  return log;
}

}  // namespace multiconnection::node
