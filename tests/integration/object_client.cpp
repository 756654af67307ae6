// A shared object, calls and a stream over an array, for tests that look at them from outside:
// commands in, one to a line, JSON objects out. Ends with standard input.
//
//   object_client OBJECT temporary|persistent independent|mirror|primaryWins URL [URL ...]
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <multiconnection/multiconnection.hpp>

namespace {

namespace mc = multiconnection;
using std::chrono::milliseconds;
using Words = std::vector<std::string>;

/// AmfValue prints as JSON what JSON has.
mc::AmfValue printable(const mc::AmfValue& value) {
  return value.isUndefined() ? mc::AmfValue(nullptr) : value;
}

void say(mc::AmfObject event) {
  std::ostringstream line;
  line << mc::AmfValue(std::move(event)) << '\n';
  std::cout << line.str();
  std::cout.flush();
}

/// A number or a truth value where it looks like one, else a text.
mc::AmfValue valueOf(const std::string& word) {
  if (word == "true" || word == "false") return word == "true";
  if (word == "nested") return mc::AmfObject{{"deep", mc::AmfArray{"t\u00e4xt", nullptr, 0.5}}};
  std::istringstream text(word);
  double number = 0;
  return text >> number && text.eof() ? mc::AmfValue(number) : mc::AmfValue(word);
}

mc::AmfArray valuesFrom(const Words& words, std::size_t first) {
  mc::AmfArray values;
  for (std::size_t i = first; i < words.size(); ++i) values.push_back(valueOf(words[i]));
  return values;
}

void saySync(const mc::SyncEvent& event) {
  mc::AmfArray changes;
  for (const mc::SyncChange& change : event.changes) {
    changes.push_back(mc::AmfArray{mc::codeName(change.code), change.slot, printable(change.value),
                                   printable(change.oldValue)});
  }
  say({{"event", "sync"},
       {"server", event.server.index},
       {"snapshot", event.snapshot},
       {"changes", changes}});
}

void sayStatus(const char* kind, const mc::StatusEvent& event) {
  say({{"event", kind},
       {"code", event.codeText},
       {"server", event.server ? mc::AmfValue(event.server->index) : mc::AmfValue(nullptr)},
       {"reason", event.reason}});
}

void sayReply(const mc::Reply& reply) {
  say({{"event", "reply"},
       {"server", reply.server.index},
       {"returned", static_cast<bool>(reply)},
       {"value", printable(reply.value())},
       {"code", printable(reply.errorInfo["code"])}});
}

mc::AmfObject reportOf(const mc::SharedObjectReport& report) {
  return {{"state", mc::stateName(report.state)},
          {"version", report.version},
          {"unacknowledged", report.unacknowledged},
          {"slots", report.slots}};
}

class Client {
 public:
  explicit Client(mc::MultiSharedObject object, mc::MultiConnection& array)
      : array_(array), object_(std::move(object)) {
    object_.onSync(saySync);
    object_.onStatus([](const mc::StatusEvent& event) { sayStatus("object_status", event); });
    object_.onMessage("say", [](const mc::SharedMessage& message) {
      say({{"event", "message"}, {"server", message.server.index}, {"values", message.arguments}});
    });
    array_.onCall("paint", [](const mc::RemoteCall& call) {
      say({{"event", "called"}, {"server", call.server.index}, {"values", call.arguments}});
      return mc::Result<mc::AmfValue>("painted");
    });
  }

  mc::Result<void> run(const Words& words) {
    const std::string& command = words.at(0);
    if (command == "set") return set(words);
    if (command == "remove") return object_.remove(words.at(1));
    if (command == "clear") return object_.clear();
    if (command == "send") return object_.send(words.at(1), valuesFrom(words, 2));
    if (command == "call") {
      return array_.callRemote(words.at(1), mc::Server::all(), valuesFrom(words, 2), sayReply);
    }
    if (command == "publish") return publish(words.at(1), words.at(2));
    if (command == "show") return show();
    return mc::Error{mc::Errc::InvalidArgument, "no command " + command};
  }

 private:
  /// set SLOT VALUE [SLOT VALUE ...]: in one message.
  mc::Result<void> set(const Words& words) {
    mc::AmfObject slots;
    for (std::size_t i = 1; i + 1 < words.size(); i += 2)
      slots.set(words[i], valueOf(words[i + 1]));
    return object_.set(slots);
  }

  mc::Result<void> publish(const std::string& file, const std::string& name) {
    auto source = mc::FileSource::open(file);
    if (!source) return source.error();
    if (auto done = array_.stream().publish(name); !done) return done;
    mc::PullOptions pull;
    pull.onEnd = [](const mc::Result<void>&) { say({{"event", "published"}}); };
    return array_.stream().attach(*source, pull);
  }

  mc::Result<void> show() {
    mc::AmfArray servers;
    for (const auto& report : object_.servers()) servers.push_back(reportOf(report));
    const std::vector<std::string> divergent = object_.divergent();
    say({{"event", "shown"},
         {"data", object_.data()},
         {"servers", servers},
         {"divergent", mc::AmfArray(divergent.begin(), divergent.end())}});
    return {};
  }

  mc::MultiConnection& array_;
  mc::MultiSharedObject object_;
};

mc::ConnectOptions eager() {
  mc::ConnectOptions options;
  options.policy = mc::Policy::any();
  options.setupTimeout = std::chrono::seconds(20);
  options.reconnect.initial = milliseconds(20);
  options.reconnect.cap = milliseconds(500);
  return options;
}

int fail(const mc::Error& error) {
  std::cerr << error.message << '\n';
  return 1;
}

int run(const Words& arguments) {
  const std::map<std::string, mc::MirrorMode> modes{{"independent", mc::MirrorMode::Independent},
                                                    {"mirror", mc::MirrorMode::Mirror},
                                                    {"primaryWins", mc::MirrorMode::PrimaryWins}};
  mc::MultiConnection array;
  array.onStatus([](const mc::StatusEvent& event) { sayStatus("array", event); });
  array.onServerStatus([](const mc::StatusEvent& event) { sayStatus("server", event); });
  mc::SharedObjectOptions options;
  options.mode = modes.at(arguments.at(2));
  auto object = array.sharedObject(
      arguments.at(0),
      arguments.at(1) == "persistent" ? mc::Persistence::Persistent : mc::Persistence::Temporary,
      options);
  if (!object) return fail(object.error());
  Client client(*object, array);
  const std::vector<mc::ServerEntry> servers(arguments.begin() + 3, arguments.end());
  if (auto done = array.connect(servers, eager()); !done) return fail(done.error());
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream text(line);
    Words words;
    for (std::string word; text >> word;) words.push_back(word);
    if (auto done = client.run(words); !done) return fail(done.error());
  }
  array.close();
  return array.waitClosed(std::chrono::seconds(10)) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  return run(Words(argv + 1, argv + argc));
}
