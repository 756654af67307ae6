// A shared object used by npm's rtmp-client: JSON arrays in, one to a line, JSON objects out.
//   node rtmp_client.js PACKAGE URL OBJECT
//   ["set", SLOT, VALUE]  ["remove", SLOT]  ["call", METHOD, VALUE...]
// It ends with its input.
'use strict';

const readline = require('readline');
const [packageFolder, url, name] = process.argv.slice(2);
const { NetConnection, SharedObject } = require(packageFolder);
const { PING_TIMEOUT } = require(`${packageFolder}/lib/Symbols`);

// Red5 does not answer its ping: after five seconds it would give the connection up.
NetConnection[PING_TIMEOUT] = 3600000;

const say = (event, fields) => console.log(JSON.stringify({ event, ...fields }));

const connection = new NetConnection();
let object;

connection.onStatus = (info) => {
  say('status', { code: info.code });
  if (info.code !== 'NetConnection.Connect.Success') return;
  object = SharedObject.get(name, false, connection);
  object.onStatus = (status) => say('object_status', { code: status.code });
  object.onSync = (changes) => say('sync', { changes });
};

const commands = {
  set: (slot, value) => object.setProperty(slot, value),
  remove: (slot) => object.setProperty(slot, null),
  call: (method, ...values) => connection.call(method, {
    onResult: (value) => say('result', { value }),
    onStatus: (info) => say('error', { code: info.code }),
  }, ...values),
};

readline.createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [command, ...values] = JSON.parse(line);
    commands[command](...values);
  })
  .on('close', () => process.exit(0));
connection.connect(url);
