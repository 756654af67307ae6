#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"
#include "node/shared_objects.hpp"

namespace multiconnection::node {

/// The file of a shared object: a header, then a record for every change, all big-endian.
///
///     header   "MCSO", u32 format (1)
///     record   u32 length of the payload, u32 CRC-32 of it (IEEE 802.3), u32 CRC-32 of these eight
///              bytes, payload
///     payload  u32 version of the object, then changes up to its end:
///                u8 1 (set)     u16 length, name, u32 length, AMF0 value
///                u8 2 (delete)  u16 length, name
///                u8 3 (clear)
///
/// A last record that is cut off, or has holes, is one that was being written: it never was.
inline constexpr std::size_t kMaxLogBytes = 64 * 1024 * 1024;

/// Slots by name, each as AMF0.
using EncodedSlots = std::map<std::string, Bytes>;

struct ObjectLog {
  StoredObject content;
  EncodedSlots encoded;
  std::size_t validBytes = 0;  ///< What follows is cut off.
};

/// @return Errc::CorruptData naming the offset and the rule, for what no crash can leave behind.
Result<ObjectLog> parseObjectLog(std::span<const std::uint8_t> file);

Bytes makeLogHeader();
/// What a step changed, as the payload of a record.
Bytes makeLogPayload(const ObjectStep& step);
/// One payload that does what several do in turn. They become one record: where the power fails
/// while they are written, it may leave holes in the last record only.
Bytes mergedLogPayload(const std::vector<Bytes>& payloads);
/// All slots, as the payload of a record.
Bytes makeLogPayload(std::uint32_t version, const EncodedSlots& slots);
void appendLogRecord(Bytes& out, std::span<const std::uint8_t> payload);
/// Applies a payload of makeLogPayload().
void applyLogPayload(std::span<const std::uint8_t> payload, EncodedSlots& slots,
                     std::uint32_t& version);

}  // namespace multiconnection::node
