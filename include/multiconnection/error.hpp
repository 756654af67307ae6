#pragma once

#include <cassert>
#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "multiconnection/export.hpp"

namespace multiconnection {

/// What went wrong, as far as a caller would act on it differently.
enum class Errc {
  InvalidArgument = 1,  ///< The call can never work as written; nothing was started.
  InvalidState,         ///< Right call, wrong moment; nothing was changed.
  Unsupported,          ///< Valid, but something RTMP or this SDK cannot carry.
  CorruptData,          ///< Bytes from a file or a peer break their format.
  LimitExceeded,        ///< A bound of this SDK was reached (size, count, depth, queue).
  TimedOut,             ///< The deadline passed first.
  Refused,              ///< The peer said no.
  Closed,               ///< The peer, or the owner, ended it.
};

/// Category of Errc; its name is "multiconnection".
MC_API const std::error_category& errorCategory() noexcept;
MC_API std::error_code make_error_code(Errc code) noexcept;

/// Why a call or an operation failed.
struct Error {
  std::error_code code;               ///< Errc, or the system's own code: never translated away.
  std::string message;                ///< One line for a person; names the offending value.
  std::optional<std::size_t> server;  ///< Index of the server it speaks of; empty: of none.

  Error() = default;
  Error(std::error_code why, std::string text, std::optional<std::size_t> about = std::nullopt)
      : code(why), message(std::move(text)), server(about) {}
};

MC_API std::ostream& operator<<(std::ostream& out, const Error& error);

/// A value, or the reason why there is none. Reading the wrong half is a programming error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const noexcept { return state_.index() == 0; }
  T& value() & {
    assert(*this);
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    assert(*this);
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    assert(*this);
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const {
    assert(!*this);
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or the reason of the failure.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  explicit operator bool() const noexcept { return !error_.has_value(); }
  const Error& error() const {
    assert(error_);
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace multiconnection

/// @cond
template <>
struct std::is_error_code_enum<multiconnection::Errc> : std::true_type {};
/// @endcond
