#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"

namespace multiconnection::tools {

// What JSON lacks is written as an object with one member: a date {"$date": milliseconds}, an XML
// document {"$xml": "text"}, bytes {"$bytes": "hexadecimal"}; the class of an object is its first
// member, "$class".

/// The value that a JSON text stands for.
/// @return Errc::InvalidArgument for what is no JSON, is nested more than 32 deep (as much as AMF's
/// readers take), or is an integer that a number of AMF, a double, does not hold exactly.
Result<AmfValue> amfOfJson(const std::string& text);

/// Undefined, and numbers that JSON lacks, become null. Strings stay as they are, which may be no
/// UTF-8: see textOfJson().
nlohmann::ordered_json jsonOfAmf(const AmfValue& value);

/// On one line. Bytes that are no UTF-8 become U+FFFD.
std::string textOfJson(const nlohmann::ordered_json& json);

}  // namespace multiconnection::tools
