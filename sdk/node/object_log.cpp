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
constexpr std::size_t kRecordHeadBytes = 8;

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

/// The next record's payload; empty at the end of what is valid.
Result<std::span<const std::uint8_t>> nextRecord(std::span<const std::uint8_t> file,
                                                 std::size_t offset) {
  const auto rest = file.subspan(offset);
  constexpr std::span<const std::uint8_t> kEnd;
  // A file system may have made room for what it had not written when the power failed.
  if (rest.size() < kRecordHeadBytes || allZero(rest)) return kEnd;
  util::ByteReader in(rest);
  const std::uint32_t length = in.u32();
  const std::uint32_t expected = in.u32();
  if (length > in.remaining()) return kEnd;
  const auto payload = in.take(length);
  if (length >= 4 && checksum(payload) == expected) return payload;
  if (in.remaining() == 0 || allZero(rest.subspan(rest.size() - in.remaining()))) return kEnd;
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
  util::ByteWriter writer(out);
  writer.u32(static_cast<std::uint32_t>(payload.size()));
  writer.u32(checksum(payload));
  writer.bytes(payload);
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
