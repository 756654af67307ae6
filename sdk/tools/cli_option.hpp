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

}  // namespace multiconnection::tools
