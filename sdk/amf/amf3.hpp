#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "amf/amf3_marker.hpp"
#include "amf/decoder.hpp"
#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"
#include "util/byte_reader.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::amf {

/// Reads AMF3 values that share one set of tables: strings, traits and objects. What AmfValue has
/// no kind for becomes the nearest one:
/// - integers become numbers, vectors arrays, dictionaries with string keys objects;
/// - an array with named members becomes an ECMA array, its places being members "0", "1" ...
///
/// Refused with Errc::Unsupported: an object that contains itself, a dictionary with other keys,
/// and every externalizable class. Only its program knows how such a class is written; not even
/// flex.messaging.io.ArrayCollection is unwrapped.
class Amf3Decoder : private Decoder {
 public:
  explicit Amf3Decoder(util::ByteReader& in, const Limits& limits = {});
  /// For values between others that spend the same budget.
  Amf3Decoder(util::ByteReader& in, Budget& shared);

  /// The next value. After an error the rest cannot be read.
  /// @return Errc::CorruptData, Errc::LimitExceeded or Errc::Unsupported; the message names the
  /// offset of the rule that was broken.
  Result<AmfValue> next();
  /// What comes next shares no table with what came before.
  void forgetReferences();

 private:
  friend class Amf0Decoder;

  /// The shape of a class. The names lie in the input.
  struct Traits {
    std::string_view className;
    std::vector<std::string_view> names;
    bool dynamic = false;
    std::size_t bytes = 0;  ///< Of all names.
  };

  Result<Part> part(std::size_t depth);
  Result<Part> complex(Marker3 marker, std::size_t start, std::size_t depth);
  Result<Part> content(Marker3 marker, std::uint32_t head, std::size_t depth);
  Result<Part> array(std::uint32_t size, std::size_t depth);
  Result<Part> object(std::uint32_t head, std::size_t depth);
  Result<Part> numbers(Marker3 marker, std::uint32_t size);
  Result<Part> values(std::uint32_t size, std::size_t depth);
  Result<Part> dictionary(std::uint32_t size, std::size_t depth);
  Result<std::size_t> traits(std::uint32_t head);
  /// Name and value pairs up to the empty name.
  Result<void> members(std::vector<AmfObject::Member>& found, std::size_t depth,
                       std::size_t& height);
  Result<void> elements(AmfArray& found, std::uint32_t size, std::size_t depth,
                        std::size_t& height);
  Result<void> fits(std::uint32_t size, std::size_t bytesEach) const;
  Result<std::string_view> text();
  std::string_view bytesAsText(std::size_t size);
  std::uint32_t u29();
  Error pastEnd() const;

  std::vector<std::string_view> strings_;
  std::deque<Traits> traits_;  ///< A deque: it may grow while the members of one are read.
};

/// Appends AMF3 values that share one set of tables. Strings and traits that occurred are written
/// as references; objects are not: an AmfValue has no identity that a reader could be promised.
///
/// Whole numbers of 29 bits become integers. A class instance has sealed members, an anonymous
/// object dynamic ones, save one without a name, which can only be sealed. An ECMA array becomes
/// an array with named members; where that cannot be told from a strict array (it is empty) or
/// cannot be written (a member has no name), it becomes an object. Texts and byte arrays beyond
/// 2^28 - 1 bytes, which fit no RTMP message, are cut.
class Amf3Encoder {
 public:
  explicit Amf3Encoder(Bytes& out) : out_(out) {}

  void value(const AmfValue& value);

 private:
  void marker(Marker3 marker) { out_.u8(static_cast<std::uint8_t>(marker)); }
  void u29(std::uint32_t number);
  /// A length, or a count, of what follows inline.
  void inlineSize(std::size_t size);
  void number(double number);
  void text(std::string_view text);
  void unshared(Marker3 type, std::string_view text);
  void object(const AmfObject& object, std::string_view className);
  void traits(std::string_view className, const std::vector<std::string_view>& sealed,
              bool dynamic);
  void members(const AmfObject& object);
  void ecmaArray(const AmfObject& object);
  void array(const AmfArray& array);

  util::ByteWriter out_;
  std::unordered_map<std::string, std::uint32_t> strings_;
  std::unordered_map<std::string, std::uint32_t> traits_;
};

/// Appends one value that shares no table with its neighbours.
void encodeAmf3(Bytes& out, const AmfValue& value);

}  // namespace multiconnection::amf
