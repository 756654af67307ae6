#include "client/call_engine.hpp"

namespace multiconnection::client {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

/// Of one server, waiting for the application.
constexpr std::size_t kMaxServing = 1024;

AmfValue callFailed(const std::string& why) {
  return AmfObject{{"level", "error"}, {"code", "NetConnection.Call.Failed"}, {"description", why}};
}

/// What the server said of its refusal, in words.
std::string reasonOf(const AmfValue& info) {
  if (info.isString()) return info.as<std::string>();
  for (const char* name : {"description", "code"}) {
    if (info[name].isString() && !info[name].as<std::string>().empty()) {
      return info[name].as<std::string>();
    }
  }
  return "the server refused the call without a reason";
}

}  // namespace

std::set<std::string> CallHandlers::set(std::string method, CallHandler handler) {
  const std::lock_guard lock(mutex_);
  if (handler) {
    handlers_[std::move(method)] = std::make_shared<const CallHandler>(std::move(handler));
  } else {
    handlers_.erase(method);
  }
  std::set<std::string> names;
  for (const auto& [name, unused] : handlers_) names.insert(name);
  return names;
}

Result<AmfValue> CallHandlers::run(const RemoteCall& call) const {
  std::shared_ptr<const CallHandler> handler;
  {
    const std::lock_guard lock(mutex_);
    const auto found = handlers_.find(call.method);
    if (found != handlers_.end()) handler = found->second;
  }
  if (!handler) return Error{Errc::InvalidState, "no method " + call.method.substr(0, 128)};
  try {
    return (*handler)(call);
  } catch (...) {
    return Error{Errc::InvalidState, "the handler of " + call.method.substr(0, 128) + " failed"};
  }
}

CallEngine::CallEngine(reactor::Loop& loop, std::shared_ptr<util::SerialExecutor> executor,
                       std::shared_ptr<const CallHandlers> handlers, FindSlot find, ToLoop toLoop)
    : executor_(std::move(executor)),
      handlers_(std::move(handlers)),
      find_(std::move(find)),
      toLoop_(std::move(toLoop)),
      timer_(loop) {}

void CallEngine::call(ServerId server, const OutgoingCall& call) {
  ServerSlot* slot = find_(server);
  const auto now = CallBook::Clock::now();
  CallBook::Call entry{call.onReply, now, now + call.deadline, call.method};
  if (slot == nullptr || !slot->isConnected()) {
    if (!call.onReply) return;
    return fail(slot, server, entry, {Errc::InvalidState, "the server is not connected"});
  }
  if (!call.onReply) return slot->notify(call.method, call.arguments);
  const auto transaction = slot->startCall(call.method, call.arguments);
  if (!transaction) return fail(slot, server, entry, transaction.error());
  book_.add(server, *transaction, std::move(entry));
  armTimer();
}

void CallEngine::armTimer() {
  const auto next = book_.nextDeadline();
  if (!next || (armed_ && *armed_ <= *next)) return;
  armed_ = next;
  timer_.arm(*next, [this] {
    armed_.reset();
    for (const CallBook::Due& due : book_.takeDue(CallBook::Clock::now())) {
      ServerSlot* slot = find_(due.server);
      const auto limit = duration_cast<milliseconds>(due.call.deadline - due.call.started);
      const std::string why = "no answer within " + std::to_string(limit.count()) + " ms";
      if (slot != nullptr) {
        slot->forgetCall(due.transaction);
        slot->logUnanswered(due.call.method, why);
      }
      fail(slot, due.server, due.call, {Errc::TimedOut, why});
    }
    armTimer();
  });
}

void CallEngine::onAnswered(ServerSlot& slot, session::CallInfo&& answer) {
  const auto call = book_.take(slot.config().id, answer.transaction);
  if (!call) return;
  Reply reply;
  reply.server = slot.report();
  if (answer.accepted) {
    reply.values = std::move(answer.values);
  } else {
    if (!answer.values.empty()) reply.errorInfo = std::move(answer.values.front());
    reply.failure = {Errc::Refused, slot.presentable(reasonOf(reply.errorInfo)),
                     slot.config().index};
  }
  this->reply(*call, std::move(reply));
}

void CallEngine::fail(ServerSlot* slot, ServerId server, const CallBook::Call& call, Error why) {
  Reply reply;
  if (slot != nullptr) {
    reply.server = slot->report();
    why.server = slot->config().index;
  } else {
    reply.server.id = server;
    reply.server.state = ServerState::Closed;
  }
  reply.failure = std::move(why);
  this->reply(call, std::move(reply));
}

void CallEngine::reply(const CallBook::Call& call, Reply&& reply) {
  reply.elapsed = duration_cast<milliseconds>(CallBook::Clock::now() - call.started);
  executor_->post([onReply = call.onReply, reply = std::move(reply)] { (*onReply)(reply); });
}

void CallEngine::onReceived(ServerSlot& slot, session::CallInfo&& call) {
  const ServerId server = slot.config().id;
  const std::uint64_t life = slot.life();
  if (serving_[{server, life}] >= kMaxServing) {
    return slot.answerCall(call.transaction, false, callFailed("too many calls wait already"));
  }
  ++serving_[{server, life}];
  RemoteCall remote{slot.report(), std::move(call.method), std::move(call.values)};
  executor_->post([handlers = handlers_, toLoop = toLoop_, remote = std::move(remote), server, life,
                   transaction = call.transaction] {
    auto result = handlers->run(remote);
    toLoop([server, life, transaction, result = std::move(result)](CallEngine& engine) {
      engine.answer(server, life, transaction, result);
    });
  });
}

void CallEngine::answer(ServerId server, std::uint64_t life, double transaction,
                        const Result<AmfValue>& result) {
  const auto serving = serving_.find({server, life});
  if (serving == serving_.end()) return;  // that connection is over
  --serving->second;
  ServerSlot* slot = find_(server);
  if (slot == nullptr || slot->life() != life || !slot->isConnected()) return;
  slot->answerCall(transaction, static_cast<bool>(result),
                   result ? *result : callFailed(result.error().message));
}

void CallEngine::onEnded(const ServerSlot& slot) {
  const ServerId server = slot.config().id;
  serving_.erase({server, slot.life()});
  for (const CallBook::Call& call : book_.takeAll(server)) {
    Reply reply;
    reply.server = slot.report();
    reply.failure = {Errc::Closed,
                     reply.server.reason.empty() ? "the connection ended" : reply.server.reason,
                     slot.config().index};
    this->reply(call, std::move(reply));
  }
}

}  // namespace multiconnection::client
