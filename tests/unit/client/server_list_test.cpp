#include "client/server_list.hpp"

#include <gtest/gtest.h>

namespace multiconnection::client {
namespace {

ServerConfig entry(const std::string& url, const std::string& name = "") {
  auto config = checkEntry({url, name});
  EXPECT_TRUE(config) << config.error();
  return *config;
}

class ServerListTest : public ::testing::Test {
 protected:
  ServerListTest() {
    for (const char* url : {"rtmp://a.example/live?token=canary", "rtmp://B.example:1936/live",
                            "rtmp://b.example/live", "rtmp://[::1]/live", "rtmp://a.example/x"}) {
      ServerConfig config = entry(url);
      list.add(config);
    }
  }
  std::vector<ServerId> find(const Server& selector) {
    const auto ids = list.resolve(selector);
    return ids ? *ids : std::vector<ServerId>{};
  }
  std::string refusal(const Server& selector) {
    const auto ids = list.resolve(selector);
    if (ids) return "found";
    EXPECT_EQ(ids.error().code, Errc::InvalidArgument);
    return ids.error().message;
  }
  using Ids = std::vector<ServerId>;
  ServerList list;
};

TEST_F(ServerListTest, FindsByEverySelector) {
  EXPECT_EQ(find(Server::all()), (Ids{1, 2, 3, 4, 5}));
  EXPECT_EQ(find(Server::index(2)), Ids{3});
  EXPECT_EQ(find(Server::id(2)), Ids{2});
  EXPECT_EQ(find(Server::url("rtmp://B.example:1936/live")), Ids{2});
  EXPECT_EQ(find(Server::host("b.example:1936")), Ids{2});
  EXPECT_EQ(find(Server::host("B.Example:1935")), Ids{3}) << "the default port is a port";
  EXPECT_EQ(find(Server::host("::1")), Ids{4});
  EXPECT_EQ(find(Server::host("[::1]")), Ids{4});
  EXPECT_EQ(find(Server::host("[::1]:1935")), Ids{4});
}

TEST_F(ServerListTest, NamesASelectorThatFitsNoneOrSeveral) {
  EXPECT_NE(refusal(Server::host("a.example")).find("\"a.example\" fits 2"), std::string::npos);
  EXPECT_NE(refusal(Server::host("b.example")).find("fits 2"), std::string::npos);
  EXPECT_NE(refusal(Server::index(9)).find("index 9"), std::string::npos);
  EXPECT_NE(refusal(Server::id(0)).find("id 0"), std::string::npos);
}

TEST_F(ServerListTest, KeepsTheSecretsOfAUrlItCannotFind) {
  const std::string text = refusal(Server::url("rtmp://a.example/live?token=canary2"));
  EXPECT_EQ(text.find("canary"), std::string::npos) << text;
  EXPECT_NE(text.find("rtmp://a.example/live"), std::string::npos) << text;
  EXPECT_EQ(refusal(Server::url("canary")).find("canary"), std::string::npos);
}

TEST_F(ServerListTest, ReusesNeitherIdsNorIndexes) {
  list.remove(5);
  EXPECT_TRUE(find(Server::index(4)).empty());
  ServerConfig next = entry("rtmp://c.example/live");
  list.add(next);
  EXPECT_EQ(next.id, 6U);
  EXPECT_EQ(next.index, 5U);
  list.clear();
  EXPECT_NE(refusal(Server::all()).find("no such server"), std::string::npos);
  ServerConfig afresh = entry("rtmp://c.example/live");
  list.add(afresh);
  EXPECT_EQ(afresh.id, 7U);
  EXPECT_EQ(afresh.index, 0U) << "the position at connect()";
}

TEST(ServerList, KnowsWhetherAllHaveNames) {
  ServerList list;
  ServerConfig named = entry("rtmp://a/live", "cam");
  ServerConfig nameless = entry("rtmp://b/live");
  list.add(named);
  EXPECT_TRUE(list.namedEverywhere());
  list.add(nameless);
  EXPECT_FALSE(list.namedEverywhere());
  list.remove(nameless.id);
  EXPECT_TRUE(list.namedEverywhere());
}

}  // namespace
}  // namespace multiconnection::client
