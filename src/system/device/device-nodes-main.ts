import { messageOf } from '../../base/errors.js';
import { type DeviceNode, hideNodes, showNodes } from './device-nodes.js';

/** device-nodes-main.js ROOT LABEL show|hide NAME=MAJOR:MINOR…|NAME…: says on standard error what went wrong. */
const [root, label, verb, ...args] = process.argv.slice(2);
if (root === undefined || label === undefined || (verb !== 'show' && verb !== 'hide'))
  throw new Error('usage: device-nodes-main.js ROOT LABEL show|hide ...');
try {
  if (verb === 'show') showNodes({ root, label }, args.map(parseNode));
  else hideNodes({ root, label }, args);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}

function parseNode(text: string): DeviceNode {
  const end = text.lastIndexOf('=');
  return { name: text.slice(0, end), device: text.slice(end + 1) };
}
