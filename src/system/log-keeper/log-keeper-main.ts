import { serveLogs } from './serve-logs.js';

/** The program of the keeper of logs, which `LogKeeper` starts. */
const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('which directory?');
await serveLogs(directory);
