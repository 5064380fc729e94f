import { type EtcHostsParts, modifyEtcHosts } from '../../node/files/etc-hosts.js';
import { fileInfo } from '../../node/files/file-info.js';
import type { SsconfFiles } from '../../node/files/ssconf-writer.js';
import { type Upload, uploadFile, type UploadsParts } from '../../node/files/uploads.js';
import {
  getWatcherPause,
  setWatcherPause,
  type WatcherPauseParts,
} from '../../node/files/watcher-pause.js';
import { done, type SomeCallRows } from '../call-row.js';

/** Files that the master sends, each by its path; `/etc/hosts` is one of them. */
function fileLock(path: string): string {
  return `file ${path}`;
}

export interface FileCallNeeds extends EtcHostsParts, UploadsParts, WatcherPauseParts {
  readonly ssconfFiles: SsconfFiles;
}

export const fileCalls = (needs: FileCallNeeds) =>
  ({
    upload_file: {
      lock: ([[path]]) => fileLock(path),
      run: ([file]) => done(uploadFile(needs, uploadOf(file))),
    },
    upload_file_single: {
      lock: ([path]) => fileLock(path),
      run: (file) => done(uploadFile(needs, uploadOf(file))),
    },
    write_ssconf_files: {
      lock: () => 'ssconf files',
      run: ([values]) => done(needs.ssconfFiles.write(values)),
    },
    etc_hosts_modify: {
      lock: () => fileLock('/etc/hosts'),
      run: ([mode, host, ip]) => modifyEtcHosts(needs, mode, host, ip),
    },
    get_file_info: {
      run: ([path]) => fileInfo(path),
    },
    get_watcher_pause: {
      lock: () => 'watcher pause',
      run: () => getWatcherPause(needs),
    },
    set_watcher_pause: {
      lock: () => 'watcher pause',
      run: ([until]) => done(setWatcherPause(needs, until)),
    },
  }) satisfies SomeCallRows;

type UploadParams = readonly [
  fileName: Upload['fileName'],
  content: Upload['content'],
  mode: Upload['mode'],
  user: Upload['user'],
  group: Upload['group'],
  atime: Upload['atime'],
  mtime: Upload['mtime'],
];

function uploadOf([fileName, content, mode, user, group, atime, mtime]: UploadParams): Upload {
  return { fileName, content, mode, user, group, atime, mtime };
}
