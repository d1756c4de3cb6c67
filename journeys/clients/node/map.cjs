// Leads connections to contoso.b2clogin.com:443 to the port in B2C_PORT; name, SNI and certificate stay as they are.
'use strict';
const net = require('node:net');
const plain = net.Socket.prototype.connect;
net.Socket.prototype.connect = function connect(...args) {
  const normalized = Array.isArray(args[0]) ? args[0] : args;
  const options = normalized[0];
  if (options && options.host === 'contoso.b2clogin.com' && Number(options.port) === 443) {
    normalized[0] = { ...options, host: '127.0.0.1', port: Number(process.env.B2C_PORT) };
  }
  return plain.apply(this, args);
};
