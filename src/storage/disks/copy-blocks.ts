import { RpcFailure } from '../../base/errors.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';

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
  dd of="$2" bs=${BLOCK_BYTES} count="$3" iflag=fullblock conv=notrunc,fsync status=none || exit
  test "$(head -c 1 | wc -c)" -eq 0 || exit ${TOO_LARGE}
}`;

export interface CopyRequest {
  readonly from: string;
  readonly to: string;
  /** Where to begin to write. */
  readonly offsetMiB: number;
  /** At most how much to write; `from` may end before. */
  readonly sizeMiB: number;
  /** Read without the kernel's cache too: for whole disks. */
  readonly readsDirectly?: boolean;
}

/**
 * Lets `dd` copy (Ganeti: backend._DumpDevice).
 *
 * Deviation: to wipe a part of a file Ganeti first cuts it off where the part begins; a file that is cut off there
 * stays so when the rest is not written.
 *
 * @throws RpcFailure
 */
export async function copyBlocks(commands: CommandRunner, request: CopyRequest): Promise<void> {
  const { from, to, offsetMiB, sizeMiB, readsDirectly = false } = request;
  const argv = [
    'dd',
    `if=${from}`,
    `of=${to}`,
    `bs=${BLOCK_BYTES}`,
    `seek=${offsetMiB}`,
    `count=${sizeMiB}`,
    'oflag=direct',
    ...(readsDirectly ? ['iflag=direct'] : []),
    'conv=notrunc',
  ] as const;
  await run(commands, argv, (error) => `Dump command '${argv.join(' ')}' ${failureText(error)}`);
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
  commands: CommandRunner,
  { url, to, sizeMiB }: { url: string; to: string; sizeMiB: number },
): Promise<void> {
  const argv = ['bash', '-c', DOWNLOAD_SCRIPT, 'download', url, to, String(sizeMiB)] as const;
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
