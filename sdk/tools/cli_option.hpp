#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace multiconnection::tools {

/// An option with one value. The last one counts here, because repetitions are counted, and named,
/// for all options together.
inline CLI::Option* addOption(CLI::App& app, const char* name, std::string& text, const char* help,
                              const char* type) {
  return app.add_option(name, text, help)
      ->type_name(type)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

/// CLI11 takes -1 for an option, [1,2] and {} for lists of its own. JSON does not mind a space in
/// front, and then they are words like any other.
inline std::string withJsonShielded(std::string word) {
  const bool negative = word.size() > 1 && word[0] == '-' && word[1] >= '0' && word[1] <= '9';
  return negative || word.rfind('[', 0) == 0 || word.rfind('{', 0) == 0 ? ' ' + word : word;
}

}  // namespace multiconnection::tools
