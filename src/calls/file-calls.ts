import { fileInfo } from '../node/file-info.js';
import type { Upload } from '../node/uploads.js';
import { done, type CallRows } from './call-table.js';

/** Files that the master sends, each by its path; `/etc/hosts` is one of them. */
function fileLock(path: string): string {
  return `file ${path}`;
}

export const FILE_CALLS: CallRows<
  | 'upload_file'
  | 'upload_file_single'
  | 'write_ssconf_files'
  | 'etc_hosts_modify'
  | 'get_file_info'
  | 'get_watcher_pause'
  | 'set_watcher_pause'
> = {
  upload_file: {
    lock: ([[path]]) => fileLock(path),
    handle: ({ uploads }, [file]) => done(uploads.upload(uploadOf(file))),
  },
  upload_file_single: {
    lock: ([path]) => fileLock(path),
    handle: ({ uploads }, file) => done(uploads.upload(uploadOf(file))),
  },
  write_ssconf_files: {
    lock: () => 'ssconf files',
    handle: ({ ssconfFiles }, [values]) => done(ssconfFiles.write(values)),
  },
  etc_hosts_modify: {
    lock: () => fileLock('/etc/hosts'),
    handle: ({ etcHosts }, [mode, host, ip]) => etcHosts.modify(mode, host, ip),
  },
  get_file_info: {
    handle: (_services, [path]) => fileInfo(path),
  },
  get_watcher_pause: {
    lock: () => 'watcher pause',
    handle: ({ watcherPause }) => watcherPause.get(),
  },
  set_watcher_pause: {
    lock: () => 'watcher pause',
    handle: ({ watcherPause }, [until]) => done(watcherPause.set(until)),
  },
};

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
