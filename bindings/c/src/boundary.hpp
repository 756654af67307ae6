#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <memory>
#include <multiconnection/error.hpp>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "multiconnection_c/base.h"

/// What every function of the C interface does at its boundary: no exception leaves, results and
/// reasons are translated, sized structs are read as far as both sides know them.
namespace multiconnection::c {

/// Writes the reason where the caller gave room for it. @return the code for it.
mc_result report(mc_error* error, const Error& why) noexcept;
mc_result report(mc_error* error, mc_result result, const char* message) noexcept;

/// The start of the text that fits, cut between characters, and a zero byte; nothing for size 0.
void copyText(char* target, std::size_t size, std::string_view text) noexcept;

/// Runs a body that returns Result<void> or throws.
template <class Body>
mc_result guarded(mc_error* error, Body&& body) noexcept {
  try {
    const Result<void> result = std::forward<Body>(body)();
    return result ? MC_OK : report(error, result.error());
  } catch (const std::bad_alloc&) {
    return report(error, MC_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& exception) {
    return report(error, MC_INTERNAL, exception.what());
  } catch (...) {
    return report(error, MC_INTERNAL, "an unknown exception");
  }
}

inline Error invalid(std::string what) { return {Errc::InvalidArgument, std::move(what)}; }
/// A pointer that must not be NULL is.
inline Error missing(const char* what) { return invalid(std::string(what) + " is NULL"); }

inline std::string textOr(const char* text, std::string otherwise = {}) {
  return text == nullptr ? std::move(otherwise) : std::string(text);
}

/// What the caller set, over the defaults for what it does not know.
template <class T>
Result<T> readSized(const T* given, const char* name, const T& defaults) {
  if (given == nullptr) return defaults;
  if (given->struct_size < sizeof(given->struct_size)) {
    return invalid(std::string(name) + " with a struct_size of " +
                   std::to_string(given->struct_size) + ": " + name + "_init() was not called");
  }
  T known = defaults;
  std::memcpy(&known, given, std::min(given->struct_size, sizeof(T)));
  return known;
}

template <class T>
void initSized(T* target, std::size_t size, const T& defaults) noexcept {
  if (target == nullptr || size < sizeof(target->struct_size)) return;
  std::memset(static_cast<void*>(target), 0, size);
  std::memcpy(static_cast<void*>(target), &defaults, std::min(size, sizeof(T)));
  target->struct_size = size;
}

/// The application's pointer, freed by its own function once nobody uses it any more.
class UserData {
 public:
  UserData(void* data, mc_destroy destroy) noexcept : data_(data), destroy_(destroy) {}
  UserData(UserData&& other) noexcept
      : data_(other.data_), destroy_(std::exchange(other.destroy_, nullptr)) {}
  UserData(const UserData&) = delete;
  UserData& operator=(const UserData&) = delete;
  UserData& operator=(UserData&&) = delete;
  ~UserData() {
    if (destroy_ != nullptr) destroy_(data_);
  }
  void* get() const noexcept { return data_; }

 private:
  void* data_;
  mc_destroy destroy_;
};
using SharedUser = std::shared_ptr<UserData>;

inline SharedUser share(UserData&& user) { return std::make_shared<UserData>(std::move(user)); }

}  // namespace multiconnection::c
