#pragma once

#include <atomic>
#include <charconv>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/call.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/multi_connection.hpp"
#include "multiconnection/server.hpp"
#include "multiconnection/shared_object.hpp"
#include "multiconnection/source.hpp"
#include "multiconnection/status.hpp"
#include "multiconnection/sync.hpp"

/// The names of the original MultiConnection class, in ActionScript, for programs that are ported
/// from it line by line. Thin: every member forwards to multiconnection::MultiConnection, which new
/// programs use directly. docs/porting-from-actionscript.md sets the names side by side.
namespace multiconnection::classic {

/// What onStatus and nsStatus are given.
struct Info {
  std::string code;                    ///< "NetConnection.Setup.Success"
  std::string level;                   ///< "status", "warning" or "error"
  std::string description;             ///< Why, in words; may be empty.
  std::optional<ServerReport> server;  ///< The one server it speaks of; empty: the whole array.
  std::vector<ServerReport> servers;   ///< Events of the array: every server. Else empty.
};

/// @par Thread safety
/// Set the handlers before connect(), or in a handler. Everything else may be called from any
/// thread and from a handler, the destructor too. Handlers run on the event thread or executor.
class MultiConnection {
 public:
  using InfoHandler = std::function<void(const Info&)>;
  using SyncHandler = std::function<void(const SyncEvent&)>;

  explicit MultiConnection(MultiConnectionOptions options = {}) : array_(std::move(options)) {
    array_.onStatus([this](const StatusEvent& event) { onArrayEvent(event); });
    array_.onServerStatus([this](const StatusEvent& event) { onServerEvent(event); });
  }
  MultiConnection(const MultiConnection&) = delete;
  MultiConnection& operator=(const MultiConnection&) = delete;

  /// The array as a whole: NetConnection.Setup.Success or .Failed, then MultiConnection.*.
  InfoHandler onStatus;
  /// Each server's NetConnection.* codes, with Info::server; the original had none.
  InfoHandler onServerStatus;
  /// Each server's NetStream.* codes, with Info::server, and the verdict MultiStream.Publish.*.
  InfoHandler nsStatus;
  /// What each message of each server changed in any of the shared objects; the original had none.
  SyncHandler onSync;

  /// Connects to all servers. Exactly one of NetConnection.Setup.Success and .Failed follows, with
  /// the original's limit of three seconds unless the options have another.
  /// @return as multiconnection::MultiConnection::connect().
  Result<void> connect(const std::vector<ServerEntry>& urls, const ConnectOptions& options = {}) {
    return array_.connect(urls, options);
  }

  /// One NetStream per server, those that join later included: attach, publish() and nsSend() are
  /// about these.
  void setNetStreams() noexcept { netStreams_ = true; }

  /// Attaches a source of encoded frames to every NetStream, before or after setNetStreams() and
  /// publish(), in place of the one before. Null detaches.
  Result<void> attach(std::shared_ptr<PacketSource> source) {
    array_.stream().detach();
    if (!source) return {};
    return array_.stream().attach(std::move(source));
  }
  /// The same for a file.
  Result<void> attach(std::shared_ptr<PullSource> source, PullOptions options = {}) {
    array_.stream().detach();
    if (!source) return {};
    return array_.stream().attach(std::move(source), std::move(options));
  }

  /// Publishes on every NetStream.
  /// @param howToPublish  "live", "record", "append" or "appendWithGap".
  /// @return Errc::InvalidState before setNetStreams(); Errc::InvalidArgument for another
  /// `howToPublish`; else as MultiStream::publish().
  Result<void> publish(const std::string& name, std::string_view howToPublish = "live") {
    if (!netStreams_) return Error(Errc::InvalidState, "publish: call setNetStreams() first");
    const auto mode = modeOf(howToPublish);
    if (!mode) {
      return Error(Errc::InvalidArgument, "publish: howToPublish \"" + std::string(howToPublish) +
                                              "\": expected live, record, append, appendWithGap");
    }
    PublishOptions options;
    options.mode = *mode;
    return array_.stream().publish(name, options);
  }

  /// Sends a data message on every NetStream, in order with the media.
  /// @return as MultiStream::send().
  template <class... Arguments>
  Result<void> nsSend(const std::string& handler, Arguments&&... arguments) {
    return array_.stream().send(handler, {AmfValue(std::forward<Arguments>(arguments))...});
  }

  /// Uses a shared object on every server, before connect() or later.
  /// @return as multiconnection::MultiConnection::sharedObject().
  Result<void> sharedObjectSetup(const std::string& name, bool persistent = false,
                                 const SharedObjectOptions& options = {}) {
    auto object = array_.sharedObject(
        name, persistent ? Persistence::Persistent : Persistence::Temporary, options);
    if (!object) return object.error();
    const std::lock_guard lock(sharedObjectMutex_);
    const auto known = sharedObjects_.find(name);
    if (known == sharedObjects_.end() || known->second.isClosed()) {
      sharedObjects_.insert_or_assign(name, *object);
      object->onSync([this](const SyncEvent& event) { tellSync(event); });
    }
    return {};
  }

  /// The original's `mc.info_so_sync = function () {}` is `mc.soSync("info_so", handler)`: what
  /// each message of each server changed in that object. In place of the handler before; also ahead
  /// of sharedObjectSetup().
  void soSync(const std::string& name, SyncHandler handler) {
    const std::lock_guard lock(sharedObjectMutex_);
    syncHandlers_[name] = std::move(handler);
  }

  /// Sets a slot on every server; null deletes it.
  /// @param path  object and slot: "info_so.data.userName"; the first ".data." parts them.
  /// @return Errc::InvalidArgument, naming it, for another path; else as the other overload.
  Result<void> setSoValue(const std::string& path, AmfValue value) {
    auto place = placeOf("setSoValue", path);
    if (!place) return place.error();
    return setSoValue(place->object, std::move(place->slot), std::move(value));
  }
  /// The same with object and slot apart.
  /// @return Errc::InvalidState before sharedObjectSetup(); else as MultiSharedObject::set().
  Result<void> setSoValue(const std::string& name, std::string slot, AmfValue value) {
    auto object = sharedObject(name);
    if (!object) return object.error();
    return object->set(std::move(slot), std::move(value));
  }

  /// The slot's value, as MultiSharedObject::get() sees it; Undefined when it is not there.
  /// @return errors as setSoValue().
  Result<AmfValue> getSoValue(const std::string& path) const {
    const auto place = placeOf("getSoValue", path);
    if (!place) return place.error();
    return getSoValue(place->object, place->slot);
  }
  Result<AmfValue> getSoValue(const std::string& name, const std::string& slot) const {
    const auto object = sharedObject(name);
    if (!object) return object.error();
    return object->get(slot);
  }

  /// What stands behind the name, for all that the original had none for: send(), clear(), ...
  /// @return Errc::InvalidState before sharedObjectSetup().
  Result<MultiSharedObject> sharedObject(const std::string& name) const {
    const std::lock_guard lock(sharedObjectMutex_);
    const auto found = sharedObjects_.find(name);
    if (found != sharedObjects_.end()) return found->second;
    return Error(Errc::InvalidState, '"' + name + "\": call sharedObjectSetup() first");
  }

  /// Calls a method of the servers' applications.
  /// @param callBack  gets each addressed server's answer, or why there is none; may be empty.
  /// @param serverToCall  a URL as given to connect(), "host" or "host:port", a position in the
  /// array, or "" or "*" for every server.
  /// @return Errc::InvalidArgument when that is not one server; Errc::InvalidState unless
  /// connected. Then `callBack` is not called.
  template <class... Arguments>
  Result<void> callRemote(const std::string& method, const ReplyHandler& callBack,
                          const std::string& serverToCall, Arguments&&... arguments) {
    return array_.callRemote(method, serverOf(serverToCall),
                             {AmfValue(std::forward<Arguments>(arguments))...}, callBack);
  }

  /// The capture clock: newest timestamp handed in; 0 before the first.
  std::chrono::milliseconds nsTime() const { return array_.stream().time(); }

  /// Ends publishing on every NetStream; a live source stays attached. Nothing when there is none.
  void nsClose() {
    netStreams_ = false;
    // Refused when the stream is not publishing: then it is closed already.
    (void)array_.stream().stop();
  }

  /// Ends the NetStreams and NetConnections in order. Returns at once: each server's
  /// NetConnection.Connect.Closed and one MultiConnection.Closed follow. Nothing when closed.
  void ncClose() {
    netStreams_ = false;
    array_.close();
  }

  /// What stands behind the names, for all that the original had none for.
  multiconnection::MultiConnection& array() noexcept { return array_; }

 private:
  /// A slot of a shared object.
  struct Place {
    std::string object;
    std::string slot;
  };
  static Result<Place> placeOf(const char* function, const std::string& path) {
    constexpr std::string_view kData = ".data.";
    const auto dot = path.find(kData);
    if (dot == std::string::npos || dot == 0 || dot + kData.size() == path.size()) {
      return Error(Errc::InvalidArgument,
                   std::string(function) + ": \"" + path + "\": expected OBJECT.data.SLOT");
    }
    return Place{path.substr(0, dot), path.substr(dot + kData.size())};
  }
  static std::optional<PublishMode> modeOf(std::string_view howToPublish) {
    if (howToPublish == "live") return PublishMode::Live;
    if (howToPublish == "record") return PublishMode::Record;
    if (howToPublish == "append") return PublishMode::Append;
    if (howToPublish == "appendWithGap") return PublishMode::AppendWithGap;
    return std::nullopt;
  }
  static Server serverOf(const std::string& text) {
    if (text.empty() || text == "*") return Server::all();
    if (text.find("://") != std::string::npos) return Server::url(text);
    std::size_t index = 0;
    const char* end = text.data() + text.size();
    const auto [last, failure] = std::from_chars(text.data(), end, index);
    return failure == std::errc() && last == end ? Server::index(index) : Server::host(text);
  }
  static Info infoOf(const StatusEvent& event) {
    return {event.codeText, std::string(levelName(event.level)), event.reason, event.server,
            event.servers};
  }
  /// Called on a copy: a handler may replace itself, or destroy this object.
  static void tell(const InfoHandler& handler, const StatusEvent& event) {
    if (const InfoHandler copy = handler) copy(infoOf(event));
  }
  /// As tell(), of two handlers.
  void tellSync(const SyncEvent& event) {
    SyncHandler ofObject;
    const SyncHandler ofAll = onSync;
    {
      const std::lock_guard lock(sharedObjectMutex_);
      const auto found = syncHandlers_.find(event.name);
      if (found != syncHandlers_.end()) ofObject = found->second;
    }
    if (ofObject) ofObject(event);
    if (ofAll) ofAll(event);
  }
  static bool isOfStream(const StatusEvent& event) {
    return event.codeText.rfind("NetStream.", 0) == 0 ||
           event.codeText.rfind("MultiStream.", 0) == 0;
  }
  void onArrayEvent(const StatusEvent& event) {
    tell(isOfStream(event) ? nsStatus : onStatus, event);
  }
  void onServerEvent(const StatusEvent& event) {
    tell(isOfStream(event) ? nsStatus : onServerStatus, event);
  }

  std::atomic<bool> netStreams_{false};
  mutable std::mutex sharedObjectMutex_;  ///< Guards the next two.
  std::map<std::string, MultiSharedObject> sharedObjects_;
  std::map<std::string, SyncHandler> syncHandlers_;
  // Last: it ends first, and with it every use of the handlers.
  mutable multiconnection::MultiConnection array_;
};

}  // namespace multiconnection::classic
