// librtmp as a second opinion on AMF0, within what it can carry: it reads undefined as null, and
// its encoder loses the name of a null member and fails on dates.
#include <gtest/gtest.h>
#include <librtmp/amf.h>

#include <memory>
#include <random>
#include <string>

#include "amf/amf0.hpp"
#include "unit/amf/random_values.hpp"

namespace multiconnection::amf {
namespace {

constexpr int kValues = 300;

AVal view(const std::string& text) {
  return {const_cast<char*>(text.data()), static_cast<int>(text.size())};
}

std::string textOf(const AVal& value) {
  return value.av_len == 0 ? std::string()
                           : std::string(value.av_val, static_cast<std::size_t>(value.av_len));
}

AmfValue fromLibrtmp(const AMFObjectProperty& property);

AmfObject objectOf(const AMFObject& object) {
  std::vector<AmfObject::Member> members;
  for (int i = 0; i < object.o_num; ++i) {
    const auto& member = object.o_props[i];
    members.emplace_back(textOf(member.p_name), fromLibrtmp(member));
  }
  return AmfObject::fromMembers(std::move(members));
}

AmfArray arrayOf(const AMFObject& object) {
  AmfArray array;
  for (int i = 0; i < object.o_num; ++i) array.push_back(fromLibrtmp(object.o_props[i]));
  return array;
}

AmfValue fromLibrtmp(const AMFObjectProperty& property) {
  switch (property.p_type) {
    case AMF_NUMBER:
      return property.p_vu.p_number;
    case AMF_BOOLEAN:
      return property.p_vu.p_number != 0;
    case AMF_STRING:
      return textOf(property.p_vu.p_aval);
    case AMF_XML_DOC:
      return AmfXml{textOf(property.p_vu.p_aval)};
    case AMF_OBJECT:
      return objectOf(property.p_vu.p_object);
    case AMF_ECMA_ARRAY:
      return AmfValue::ecmaArray(objectOf(property.p_vu.p_object));
    case AMF_STRICT_ARRAY:
      return arrayOf(property.p_vu.p_object);
    case AMF_DATE:
      return AmfDate{property.p_vu.p_number};
    case AMF_NULL:
      return nullptr;
    default:
      ADD_FAILURE() << "librtmp gave type " << property.p_type;
      return {};
  }
}

using test::RandomValues;

/// A new seed each time; a failure tells which one it was.
unsigned freshSeed() { return std::random_device{}(); }

TEST(LibrtmpAmf, ReadsWhatWeWrite) {
  const unsigned seed = freshSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomValues random(seed, RandomValues::Kinds::Librtmp);
  for (int i = 0; i < kValues; ++i) {
    const AmfValue value = random.value(4);
    Bytes bytes;
    encodeAmf0(bytes, value);
    AMFObject decoded{};
    const int used = AMF_Decode(&decoded, reinterpret_cast<const char*>(bytes.data()),
                                static_cast<int>(bytes.size()), FALSE);
    ASSERT_NE(used, -1) << value;
    ASSERT_EQ(decoded.o_num, 1);
    EXPECT_EQ(fromLibrtmp(decoded.o_props[0]), value);
    AMF_Reset(&decoded);
  }
}

/// Owns the texts that librtmp only points at.
class LibrtmpEncoder {
 public:
  explicit LibrtmpEncoder(RandomValues& random) : random_(random) {}

  /// A random object, both as librtmp's and as ours.
  AmfObject fill(AMFObject& out, int depth) {
    AmfObject ours;
    for (int i = random_.upTo(5); i > 0; --i) {
      AMFObjectProperty property{};
      const std::string name = "name" + std::to_string(i);
      AVal shown = keep(name);
      AMFProp_SetName(&property, &shown);
      ours.set(name, set(property, depth));
      AMF_AddProp(&out, &property);
    }
    return ours;
  }

 private:
  AVal keep(std::string text) {
    texts_.push_back(std::make_unique<std::string>(std::move(text)));
    return view(*texts_.back());
  }

  AmfValue set(AMFObjectProperty& property, int depth) {
    const int kind = random_.upTo(depth > 0 ? 5 : 2);
    if (kind == 0) {
      property.p_type = AMF_NUMBER;
      property.p_vu.p_number = random_.number();
      return property.p_vu.p_number;
    }
    if (kind == 1) {
      property.p_type = AMF_BOOLEAN;
      property.p_vu.p_number = random_.upTo(1);
      return property.p_vu.p_number != 0;
    }
    if (kind == 2) {
      std::string text = random_.text();
      property.p_type = AMF_STRING;
      property.p_vu.p_aval = keep(text);
      return text;
    }
    const AmfObject members = fill(property.p_vu.p_object, depth - 1);
    if (kind == 3) {
      property.p_type = AMF_OBJECT;
      return members;
    }
    property.p_type = AMF_ECMA_ARRAY;
    return AmfValue::ecmaArray(members);
  }

  RandomValues& random_;
  std::vector<std::unique_ptr<std::string>> texts_;
};

TEST(LibrtmpAmf, WritesWhatWeRead) {
  const unsigned seed = freshSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomValues random(seed, RandomValues::Kinds::Librtmp);
  std::vector<char> buffer(8U << 20);
  for (int i = 0; i < kValues; ++i) {
    LibrtmpEncoder encoder(random);
    AMFObject object{};
    const AmfValue expected = encoder.fill(object, 3);
    const char* end = AMF_Encode(&object, buffer.data(), buffer.data() + buffer.size());
    ASSERT_NE(end, nullptr);
    util::ByteReader in({reinterpret_cast<const std::uint8_t*>(buffer.data()),
                         static_cast<std::size_t>(end - buffer.data())});
    const auto decoded = Amf0Decoder(in).next();
    ASSERT_TRUE(decoded) << decoded.error();
    EXPECT_EQ(*decoded, expected);
    EXPECT_EQ(in.remaining(), 0U);
    AMF_Reset(&object);
  }
}

}  // namespace
}  // namespace multiconnection::amf
