import { RpcFailure } from '../../base/errors.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';
import type { DiskDoor } from '../../system/helper/disk-jobs.js';

/** Just below what the master waits for these calls. */
const TIMEOUT_MS = 3_550_000;
/** Ganeti: constants.DD_BLOCK_SIZE; offsets and sizes count such blocks. */
const BLOCK_BYTES = 1024 * 1024;
const TOO_LARGE = 65;

/**
 * Lets `dd` take at most $3 blocks of what `curl` gets from $1, and looks whether something is left over. Failures of
 * both count; those further right go first.
 */
const DOWNLOAD_SCRIPT = `set -o pipefail
curl --disable --fail --silent --show-error --globoff --location --max-redirs 0 \\
  --proto '=http,https,ftp,ftps' --user-agent 'Ganeti 3.0' --url "$1" | {
  dd of="$2" bs=${BLOCK_BYTES} count="$3" iflag=fullblock "$4" status=none || exit
  test "$(head -c 1 | wc -c)" -eq 0 || exit ${TOO_LARGE}
}`;

/** What writes to a disk, and what looks at it before. */
interface Tools {
  readonly commands: CommandRunner;
  readonly disks: DiskDoor;
}

export interface CopyRequest {
  readonly from: string;
  readonly to: string;
  /** Where to begin to write. */
  readonly offsetMiB: number;
  /** At most how much to write; `from` may end before. */
  readonly sizeMiB: number;
  /** Read without the kernel's cache too: for whole disks. */
  readonly readsDirectly?: boolean;
  /** Write no zeros where nothing else is. */
  readonly keepsHoles?: boolean;
}

/**
 * The conversions for a `dd` that writes to the disk at `path`, which is never made for it, and is on the disk in the end.
 * Zeros are left out where the disk has not been written to yet; elsewhere old data would stay in their place.
 */
export async function diskConversions(
  disks: DiskDoor,
  path: string,
  { keepsHoles = true } = {},
): Promise<string> {
  const isSparse = keepsHoles && (await disks.run('isAllHole', { path }, path));
  return `conv=nocreat,notrunc,fsync${isSparse ? ',sparse' : ''}`;
}

/**
 * Lets `dd` copy (Ganeti: backend._DumpDevice).
 *
 * Deviation: to wipe a part of a file Ganeti first cuts it off where the part begins; a file that is cut off there
 * stays so when the rest is not written.
 *
 * @throws RpcFailure
 */
export async function copyBlocks({ commands, disks }: Tools, request: CopyRequest): Promise<void> {
  const { from, to, offsetMiB, sizeMiB, readsDirectly = false, keepsHoles = false } = request;
  const conversions = await diskConversions(disks, to, { keepsHoles });
  const position = [`bs=${BLOCK_BYTES}`, `seek=${offsetMiB}`, `count=${sizeMiB}`];
  const buffered = ['dd', `if=${from}`, `of=${to}`, ...position, conversions] as const;
  const direct = [...buffered, 'oflag=direct', ...(readsDirectly ? ['iflag=direct'] : [])] as const;
  const dump = (argv: readonly [string, ...string[]]) =>
    run(commands, argv, (error) => `Dump command '${argv.join(' ')}' ${failureText(error)}`);
  try {
    await dump(direct);
  } catch (error) {
    if (!isDirectRefused(error)) throw error;
    await dump(buffered);
  }
}

/** Not every file system can do without the kernel's cache: dd can't open the file then, or write to it. */
function isDirectRefused(error: unknown): boolean {
  const { cause } = error as Error;
  return cause instanceof CommandError && cause.output.includes('Invalid argument');
}

function failureText({ failReason, output }: CommandError): string {
  return `exited with error: ${failReason}; output: ${output}`;
}

/** Whether an image is to be got from the net (Ganeti: utils.IsUrl). */
export function isUrl(image: string): boolean {
  return /^(https?|ftps?):\/\//.test(image);
}

/**
 * Writes an image from the net (Ganeti: backend._DownloadAndDumpDevice).
 *
 * Deviation: that the server has no such image is a failure; to Ganeti the page which says so is the image.
 *
 * @throws RpcFailure
 */
export async function downloadImage(
  { commands, disks }: Tools,
  { url, to, sizeMiB }: { url: string; to: string; sizeMiB: number },
): Promise<void> {
  const script = ['bash', '-c', DOWNLOAD_SCRIPT, 'download'] as const;
  const argv = [...script, url, to, String(sizeMiB), await diskConversions(disks, to)] as const;
  await run(commands, argv, (error) =>
    error.exitCode === TOO_LARGE
      ? 'Disk image larger than the disk'
      : `Can't download the disk image: ${error.output}`,
  );
}

async function run(
  commands: CommandRunner,
  argv: readonly [string, ...string[]],
  message: (error: CommandError) => string,
): Promise<void> {
  try {
    await commands.run(argv, { timeoutMs: TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new RpcFailure(message(error), { cause: error });
  }
}
