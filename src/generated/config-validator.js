/* Generated from etc/chroot-noded.schema.json by `npm run generate`. */

import func1Module from 'ajv/dist/runtime/ucs2length.js';

/** @type {import('ajv').ValidateFunction<import('./config.js').NodedConfig>} */
export const validate = validate20;
const schema31 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'NodedConfig',
  description:
    'The configuration file of chroot-noded. All settings are optional; the documented defaults apply.',
  type: 'object',
  additionalProperties: false,
  properties: {
    $schema: { type: 'string', description: 'URI or path of this schema, for editors.' },
    paths: {
      type: 'object',
      description:
        'The directories and files that the daemon uses. The defaults are those of Ganeti on Debian; with --state-dir, all of them are below that directory.',
      additionalProperties: false,
      properties: {
        runDir: {
          $ref: '#/$defs/path',
          description:
            'Directory for state that does not survive a reboot: roots of chroots, links to disks, PID file, socket.',
          default: '/var/run/ganeti',
        },
        dataDir: {
          $ref: '#/$defs/path',
          description: "Directory with the cluster's certificates and ssconf files.",
          default: '/var/lib/ganeti',
        },
        logDir: {
          $ref: '#/$defs/path',
          description: 'Directory for logs.',
          default: '/var/log/ganeti',
        },
        confDir: {
          $ref: '#/$defs/path',
          description:
            'Directory with the files that administrators edit, such as file-storage-paths.',
          default: '/etc/ganeti',
        },
        osSearchPath: {
          type: 'array',
          items: { $ref: '#/$defs/path' },
          description: 'Directories with OS definitions.',
          default: [
            '/srv/ganeti/os',
            '/usr/local/lib/ganeti/os',
            '/usr/lib/ganeti/os',
            '/usr/share/ganeti/os',
          ],
        },
        extStorageSearchPath: {
          type: 'array',
          items: { $ref: '#/$defs/path' },
          description: 'Directories with external storage providers.',
          default: [
            '/srv/ganeti/extstorage',
            '/usr/local/lib/ganeti/extstorage',
            '/usr/lib/ganeti/extstorage',
            '/usr/share/ganeti/extstorage',
          ],
        },
        socket: {
          $ref: '#/$defs/path',
          description:
            'Path of the Unix socket for local JSON-RPC callers. Default: chroot-noded.sock in runDir',
        },
      },
    },
    log: {
      type: 'object',
      description: 'Format and level of the log.',
      additionalProperties: false,
      properties: {
        format: {
          enum: ['text', 'json'],
          description:
            'Format of the log. text: one readable line per event; json: one JSON object per line.',
          default: 'text',
        },
        level: {
          enum: ['error', 'warn', 'info', 'debug'],
          description: 'Lowest level of the events that are logged; -d sets debug.',
          default: 'info',
        },
        examination: {
          type: 'boolean',
          description:
            'Whether the daemon examines the machine at start-up, and logs what chroots need but the machine lacks; see chroot-nodectl doctor.',
          default: true,
        },
      },
    },
    limits: {
      type: 'object',
      description:
        'Limits for callers. An overloaded daemon rejects requests with HTTP status 503 and `Retry-After`, and on JSON-RPC also with error code -32005 in the body; it has not started a rejected request. Waiting requests are served by priority: first the master, whose certificate has the name in ssconf_master_node; then other master candidates; then callers on the Unix socket or without TLS. To prevent starvation, every fourth call that starts is the one that has waited longest, and a body waits for 20 seconds at most.',
      additionalProperties: false,
      properties: {
        maxBodyBytes: {
          type: 'integer',
          minimum: 1024,
          description: 'Maximum size of a request, in bytes.',
          default: 134217728,
        },
        maxBodiesBytes: {
          type: 'integer',
          minimum: 1048576,
          description:
            'Maximum total size, in bytes, of all requests that are being read or processed; requests of up to 64 KiB do not count. Requests beyond the limit wait for up to 20 seconds and are then rejected (HTTP 503). A larger request without a Content-Length counts as maxBodyBytes. The limit also caps maxBodyBytes.',
          default: 268435456,
        },
        maxJsonDepth: {
          type: 'integer',
          minimum: 8,
          maximum: 1000,
          description: 'Maximum nesting depth of arrays and objects.',
          default: 64,
        },
        maxBatchLength: {
          type: 'integer',
          minimum: 1,
          description: 'Maximum number of calls in a JSON-RPC batch.',
          default: 100,
        },
        maxConnections: {
          type: 'integer',
          minimum: 1,
          description:
            'Maximum number of open connections of each listener; less if the daemon may open few files: a quarter of them, less 64. The daemon accepts 64 more, on which it serves only the master and rejects all others (HTTP 503).',
          default: 4096,
        },
        maxConcurrentCalls: {
          type: 'integer',
          minimum: 1,
          description:
            "Maximum number of calls that run at the same time, including those of one connection or batch. Further calls wait; the master's go first. --max-clients overrides this setting.",
          default: 256,
        },
        maxQueuedCalls: {
          type: 'integer',
          minimum: 0,
          description:
            'Maximum number of waiting calls. Calls that wait for another call on the same instance or disk are counted apart: as many may wait in all, and 64 for one instance or disk. Beyond that, the newest call of the lowest priority is rejected (HTTP 503).',
          default: 1024,
        },
      },
    },
    timeouts: {
      type: 'object',
      description: 'Time-outs, in seconds.',
      additionalProperties: false,
      properties: {
        mount: {
          $ref: '#/$defs/seconds',
          description: 'Mounting or unmounting a disk.',
          default: 60,
        },
        osScript: {
          $ref: '#/$defs/seconds',
          description:
            "A script of an OS definition. The default is slightly less than the master's time-out.",
          default: 850,
        },
        extScript: {
          $ref: '#/$defs/seconds',
          description:
            "A script of an external storage provider. The default is slightly less than the master's time-out.",
          default: 850,
        },
        processScan: {
          $ref: '#/$defs/seconds',
          description: 'One scan of all processes.',
          default: 30,
        },
        lock: {
          $ref: '#/$defs/seconds',
          description: 'Waiting until another call on the same instance or disk has ended.',
          default: 900,
        },
        finish: {
          $ref: '#/$defs/seconds',
          description:
            'Waiting for running calls when the daemon shuts down; daemon-util kills it after 30 seconds.',
          default: 25,
        },
      },
    },
    chroot: {
      type: 'object',
      description: 'The chroot hypervisor.',
      additionalProperties: false,
      properties: {
        startTimeout: {
          $ref: '#/$defs/seconds',
          description: "Time-out of an instance's start script, in seconds.",
          default: 300,
        },
        enforceLimits: {
          type: 'boolean',
          description:
            'Whether control groups enforce maxmem (of memory and swap together), vcpus and maxProcesses, and ballooning changes the memory limit. Ganeti does not.',
          default: false,
        },
        maxProcesses: {
          type: 'integer',
          minimum: 1,
          maximum: 4194304,
          description:
            'The number of processes and threads that an instance may have if limits are enforced.',
          default: 10000,
        },
        reportUsage: {
          type: 'boolean',
          description:
            'Whether instance_info and all_instances_info report the actual memory and CPU time. Without it they report zeros, as in Ganeti.',
          default: false,
        },
        cgroupParent: {
          type: 'string',
          pattern: '^(?!.*(^|/)\\.{1,2}(/|$))[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$',
          description:
            'Name of the control group, in every hierarchy, that contains a control group for each instance. Default: chroot-noded; in a container or with --state-dir, a unique suffix is added',
        },
      },
    },
    ganeti: {
      type: 'object',
      description: 'The Ganeti version of the cluster.',
      additionalProperties: false,
      properties: {
        version: {
          enum: ['3.0', '3.1'],
          description:
            'The version to speak, regardless of the installed one. Default: the version that is installed and active on this machine, also after it changes; without Ganeti, the newest version that the daemon knows',
        },
        shareDir: {
          $ref: '#/$defs/path',
          description:
            'Directory with the code of the active version, whose constants tell the version. Also applies with --state-dir.',
          default: '/usr/share/ganeti/default',
        },
      },
    },
    powercycle: {
      type: 'object',
      description: 'The call node_powercycle.',
      additionalProperties: false,
      properties: {
        enabled: {
          type: 'boolean',
          description:
            "Whether the call reboots the machine. Default: only if the daemon is the machine's own; not with --state-dir, in a virtual cluster, or in a container or any other PID or network namespace than the machine's first",
        },
      },
    },
  },
  $defs: {
    path: { type: 'string', pattern: '^/[^\\u0000]*$', maxLength: 1024 },
    seconds: { type: 'number', exclusiveMinimum: 0, maximum: 86400 },
  },
};
const schema32 = { type: 'string', pattern: '^/[^\\u0000]*$', maxLength: 1024 };
const schema39 = { type: 'number', exclusiveMinimum: 0, maximum: 86400 };
const func1 = func1Module.default;
const pattern4 = new RegExp('^/[^\\u0000]*$', 'u');
const pattern11 = new RegExp('^(?!.*(^|/)\\.{1,2}(/|$))[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$', 'u');
function validate20(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate20.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!(
        key0 === '$schema' ||
        key0 === 'paths' ||
        key0 === 'log' ||
        key0 === 'limits' ||
        key0 === 'timeouts' ||
        key0 === 'chroot' ||
        key0 === 'ganeti' ||
        key0 === 'powercycle'
      )) {
        const err0 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
          message: 'must NOT have additional properties',
        };
        if (vErrors === null) {
          vErrors = [err0];
        } else {
          vErrors.push(err0);
        }
        errors++;
      }
    }
    if (data.$schema !== undefined) {
      if (typeof data.$schema !== 'string') {
        const err1 = {
          instancePath: instancePath + '/$schema',
          schemaPath: '#/properties/%24schema/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
        };
        if (vErrors === null) {
          vErrors = [err1];
        } else {
          vErrors.push(err1);
        }
        errors++;
      }
    }
    if (data.paths !== undefined) {
      let data1 = data.paths;
      if (data1 && typeof data1 == 'object' && !Array.isArray(data1)) {
        for (const key1 in data1) {
          if (!(
            key1 === 'runDir' ||
            key1 === 'dataDir' ||
            key1 === 'logDir' ||
            key1 === 'confDir' ||
            key1 === 'osSearchPath' ||
            key1 === 'extStorageSearchPath' ||
            key1 === 'socket'
          )) {
            const err2 = {
              instancePath: instancePath + '/paths',
              schemaPath: '#/properties/paths/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key1 },
              message: 'must NOT have additional properties',
            };
            if (vErrors === null) {
              vErrors = [err2];
            } else {
              vErrors.push(err2);
            }
            errors++;
          }
        }
        if (data1.runDir !== undefined) {
          let data2 = data1.runDir;
          if (typeof data2 === 'string') {
            if (func1(data2) > 1024) {
              const err3 = {
                instancePath: instancePath + '/paths/runDir',
                schemaPath: '#/$defs/path/maxLength',
                keyword: 'maxLength',
                params: { limit: 1024 },
                message: 'must NOT have more than 1024 characters',
              };
              if (vErrors === null) {
                vErrors = [err3];
              } else {
                vErrors.push(err3);
              }
              errors++;
            }
            if (!pattern4.test(data2)) {
              const err4 = {
                instancePath: instancePath + '/paths/runDir',
                schemaPath: '#/$defs/path/pattern',
                keyword: 'pattern',
                params: { pattern: '^/[^\\u0000]*$' },
                message: 'must match pattern "' + '^/[^\\u0000]*$' + '"',
              };
              if (vErrors === null) {
                vErrors = [err4];
              } else {
                vErrors.push(err4);
              }
              errors++;
            }
          } else {
            const err5 = {
              instancePath: instancePath + '/paths/runDir',
              schemaPath: '#/$defs/path/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
            };
            if (vErrors === null) {
              vErrors = [err5];
            } else {
              vErrors.push(err5);
            }
            errors++;
          }
        }
        if (data1.dataDir !== undefined) {
          let data3 = data1.dataDir;
          if (typeof data3 === 'string') {
            if (func1(data3) > 1024) {
              const err6 = {
                instancePath: instancePath + '/paths/dataDir',
                schemaPath: '#/$defs/path/maxLength',
                keyword: 'maxLength',
                params: { limit: 1024 },
                message: 'must NOT have more than 1024 characters',
              };
              if (vErrors === null) {
                vErrors = [err6];
              } else {
                vErrors.push(err6);
              }
              errors++;
            }
            if (!pattern4.test(data3)) {
              const err7 = {
                instancePath: instancePath + '/paths/dataDir',
                schemaPath: '#/$defs/path/pattern',
                keyword: 'pattern',
                params: { pattern: '^/[^\\u0000]*$' },
                message: 'must match pattern "' + '^/[^\\u0000]*$' + '"',
              };
              if (vErrors === null) {
                vErrors = [err7];
              } else {
                vErrors.push(err7);
              }
              errors++;
            }
          } else {
            const err8 = {
              instancePath: instancePath + '/paths/dataDir',
              schemaPath: '#/$defs/path/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
            };
            if (vErrors === null) {
              vErrors = [err8];
            } else {
              vErrors.push(err8);
            }
            errors++;
          }
        }
        if (data1.logDir !== undefined) {
          let data4 = data1.logDir;
          if (typeof data4 === 'string') {
            if (func1(data4) > 1024) {
              const err9 = {
                instancePath: instancePath + '/paths/logDir',
                schemaPath: '#/$defs/path/maxLength',
                keyword: 'maxLength',
                params: { limit: 1024 },
                message: 'must NOT have more than 1024 characters',
              };
              if (vErrors === null) {
                vErrors = [err9];
              } else {
                vErrors.push(err9);
              }
              errors++;
            }
            if (!pattern4.test(data4)) {
              const err10 = {
                instancePath: instancePath + '/paths/logDir',
                schemaPath: '#/$defs/path/pattern',
                keyword: 'pattern',
                params: { pattern: '^/[^\\u0000]*$' },
                message: 'must match pattern "' + '^/[^\\u0000]*$' + '"',
              };
              if (vErrors === null) {
                vErrors = [err10];
              } else {
                vErrors.push(err10);
              }
              errors++;
            }
          } else {
            const err11 = {
              instancePath: instancePath + '/paths/logDir',
              schemaPath: '#/$defs/path/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
            };
            if (vErrors === null) {
              vErrors = [err11];
            } else {
              vErrors.push(err11);
            }
            errors++;
          }
        }
        if (data1.confDir !== undefined) {
          let data5 = data1.confDir;
          if (typeof data5 === 'string') {
            if (func1(data5) > 1024) {
              const err12 = {
                instancePath: instancePath + '/paths/confDir',
                schemaPath: '#/$defs/path/maxLength',
                keyword: 'maxLength',
                params: { limit: 1024 },
                message: 'must NOT have more than 1024 characters',
              };
              if (vErrors === null) {
                vErrors = [err12];
              } else {
                vErrors.push(err12);
              }
              errors++;
            }
            if (!pattern4.test(data5)) {
              const err13 = {
                instancePath: instancePath + '/paths/confDir',
                schemaPath: '#/$defs/path/pattern',
                keyword: 'pattern',
                params: { pattern: '^/[^\\u0000]*$' },
                message: 'must match pattern "' + '^/[^\\u0000]*$' + '"',
              };
              if (vErrors === null) {
                vErrors = [err13];
              } else {
                vErrors.push(err13);
              }
              errors++;
            }
          } else {
            const err14 = {
              instancePath: instancePath + '/paths/confDir',
              schemaPath: '#/$defs/path/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
            };
            if (vErrors === null) {
              vErrors = [err14];
            } else {
              vErrors.push(err14);
            }
            errors++;
          }
        }
        if (data1.osSearchPath !== undefined) {
          let data6 = data1.osSearchPath;
          if (Array.isArray(data6)) {
            const len0 = data6.length;
            for (let i0 = 0; i0 < len0; i0++) {
              let data7 = data6[i0];
              if (typeof data7 === 'string') {
                if (func1(data7) > 1024) {
                  const err15 = {
                    instancePath: instancePath + '/paths/osSearchPath/' + i0,
                    schemaPath: '#/$defs/path/maxLength',
                    keyword: 'maxLength',
                    params: { limit: 1024 },
                    message: 'must NOT have more than 1024 characters',
                  };
                  if (vErrors === null) {
                    vErrors = [err15];
                  } else {
                    vErrors.push(err15);
                  }
                  errors++;
                }
                if (!pattern4.test(data7)) {
                  const err16 = {
                    instancePath: instancePath + '/paths/osSearchPath/' + i0,
                    schemaPath: '#/$defs/path/pattern',
                    keyword: 'pattern',
                    params: { pattern: '^/[^\\u0000]*$' },
                    message: 'must match pattern "' + '^/[^\\u0000]*$' + '"',
                  };
                  if (vErrors === null) {
                    vErrors = [err16];
                  } else {
                    vErrors.push(err16);
                  }
                  errors++;
                }
              } else {
                const err17 = {
                  instancePath: instancePath + '/paths/osSearchPath/' + i0,
                  schemaPath: '#/$defs/path/type',
                  keyword: 'type',
                  params: { type: 'string' },
                  message: 'must be string',
                };
                if (vErrors === null) {
                  vErrors = [err17];
                } else {
                  vErrors.push(err17);
                }
                errors++;
              }
            }
          } else {
            const err18 = {
              instancePath: instancePath + '/paths/osSearchPath',
              schemaPath: '#/properties/paths/properties/osSearchPath/type',
              keyword: 'type',
              params: { type: 'array' },
              message: 'must be array',
            };
            if (vErrors === null) {
              vErrors = [err18];
            } else {
              vErrors.push(err18);
            }
            errors++;
          }
        }
        if (data1.extStorageSearchPath !== undefined) {
          let data8 = data1.extStorageSearchPath;
          if (Array.isArray(data8)) {
            const len1 = data8.length;
            for (let i1 = 0; i1 < len1; i1++) {
              let data9 = data8[i1];
              if (typeof data9 === 'string') {
                if (func1(data9) > 1024) {
                  const err19 = {
                    instancePath: instancePath + '/paths/extStorageSearchPath/' + i1,
                    schemaPath: '#/$defs/path/maxLength',
                    keyword: 'maxLength',
                    params: { limit: 1024 },
                    message: 'must NOT have more than 1024 characters',
                  };
                  if (vErrors === null) {
                    vErrors = [err19];
                  } else {
                    vErrors.push(err19);
                  }
                  errors++;
                }
                if (!pattern4.test(data9)) {
                  const err20 = {
                    instancePath: instancePath + '/paths/extStorageSearchPath/' + i1,
                    schemaPath: '#/$defs/path/pattern',
                    keyword: 'pattern',
                    params: { pattern: '^/[^\\u0000]*$' },
                    message: 'must match pattern "' + '^/[^\\u0000]*$' + '"',
                  };
                  if (vErrors === null) {
                    vErrors = [err20];
                  } else {
                    vErrors.push(err20);
                  }
                  errors++;
                }
              } else {
                const err21 = {
                  instancePath: instancePath + '/paths/extStorageSearchPath/' + i1,
                  schemaPath: '#/$defs/path/type',
                  keyword: 'type',
                  params: { type: 'string' },
                  message: 'must be string',
                };
                if (vErrors === null) {
                  vErrors = [err21];
                } else {
                  vErrors.push(err21);
                }
                errors++;
              }
            }
          } else {
            const err22 = {
              instancePath: instancePath + '/paths/extStorageSearchPath',
              schemaPath: '#/properties/paths/properties/extStorageSearchPath/type',
              keyword: 'type',
              params: { type: 'array' },
              message: 'must be array',
            };
            if (vErrors === null) {
              vErrors = [err22];
            } else {
              vErrors.push(err22);
            }
            errors++;
          }
        }
        if (data1.socket !== undefined) {
          let data10 = data1.socket;
          if (typeof data10 === 'string') {
            if (func1(data10) > 1024) {
              const err23 = {
                instancePath: instancePath + '/paths/socket',
                schemaPath: '#/$defs/path/maxLength',
                keyword: 'maxLength',
                params: { limit: 1024 },
                message: 'must NOT have more than 1024 characters',
              };
              if (vErrors === null) {
                vErrors = [err23];
              } else {
                vErrors.push(err23);
              }
              errors++;
            }
            if (!pattern4.test(data10)) {
              const err24 = {
                instancePath: instancePath + '/paths/socket',
                schemaPath: '#/$defs/path/pattern',
                keyword: 'pattern',
                params: { pattern: '^/[^\\u0000]*$' },
                message: 'must match pattern "' + '^/[^\\u0000]*$' + '"',
              };
              if (vErrors === null) {
                vErrors = [err24];
              } else {
                vErrors.push(err24);
              }
              errors++;
            }
          } else {
            const err25 = {
              instancePath: instancePath + '/paths/socket',
              schemaPath: '#/$defs/path/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
            };
            if (vErrors === null) {
              vErrors = [err25];
            } else {
              vErrors.push(err25);
            }
            errors++;
          }
        }
      } else {
        const err26 = {
          instancePath: instancePath + '/paths',
          schemaPath: '#/properties/paths/type',
          keyword: 'type',
          params: { type: 'object' },
          message: 'must be object',
        };
        if (vErrors === null) {
          vErrors = [err26];
        } else {
          vErrors.push(err26);
        }
        errors++;
      }
    }
    if (data.log !== undefined) {
      let data11 = data.log;
      if (data11 && typeof data11 == 'object' && !Array.isArray(data11)) {
        for (const key2 in data11) {
          if (!(key2 === 'format' || key2 === 'level' || key2 === 'examination')) {
            const err27 = {
              instancePath: instancePath + '/log',
              schemaPath: '#/properties/log/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key2 },
              message: 'must NOT have additional properties',
            };
            if (vErrors === null) {
              vErrors = [err27];
            } else {
              vErrors.push(err27);
            }
            errors++;
          }
        }
        if (data11.format !== undefined) {
          let data12 = data11.format;
          if (!(data12 === 'text' || data12 === 'json')) {
            const err28 = {
              instancePath: instancePath + '/log/format',
              schemaPath: '#/properties/log/properties/format/enum',
              keyword: 'enum',
              params: { allowedValues: schema31.properties.log.properties.format.enum },
              message: 'must be equal to one of the allowed values',
            };
            if (vErrors === null) {
              vErrors = [err28];
            } else {
              vErrors.push(err28);
            }
            errors++;
          }
        }
        if (data11.level !== undefined) {
          let data13 = data11.level;
          if (!(
            data13 === 'error' ||
            data13 === 'warn' ||
            data13 === 'info' ||
            data13 === 'debug'
          )) {
            const err29 = {
              instancePath: instancePath + '/log/level',
              schemaPath: '#/properties/log/properties/level/enum',
              keyword: 'enum',
              params: { allowedValues: schema31.properties.log.properties.level.enum },
              message: 'must be equal to one of the allowed values',
            };
            if (vErrors === null) {
              vErrors = [err29];
            } else {
              vErrors.push(err29);
            }
            errors++;
          }
        }
        if (data11.examination !== undefined) {
          if (typeof data11.examination !== 'boolean') {
            const err30 = {
              instancePath: instancePath + '/log/examination',
              schemaPath: '#/properties/log/properties/examination/type',
              keyword: 'type',
              params: { type: 'boolean' },
              message: 'must be boolean',
            };
            if (vErrors === null) {
              vErrors = [err30];
            } else {
              vErrors.push(err30);
            }
            errors++;
          }
        }
      } else {
        const err31 = {
          instancePath: instancePath + '/log',
          schemaPath: '#/properties/log/type',
          keyword: 'type',
          params: { type: 'object' },
          message: 'must be object',
        };
        if (vErrors === null) {
          vErrors = [err31];
        } else {
          vErrors.push(err31);
        }
        errors++;
      }
    }
    if (data.limits !== undefined) {
      let data15 = data.limits;
      if (data15 && typeof data15 == 'object' && !Array.isArray(data15)) {
        for (const key3 in data15) {
          if (!(
            key3 === 'maxBodyBytes' ||
            key3 === 'maxBodiesBytes' ||
            key3 === 'maxJsonDepth' ||
            key3 === 'maxBatchLength' ||
            key3 === 'maxConnections' ||
            key3 === 'maxConcurrentCalls' ||
            key3 === 'maxQueuedCalls'
          )) {
            const err32 = {
              instancePath: instancePath + '/limits',
              schemaPath: '#/properties/limits/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key3 },
              message: 'must NOT have additional properties',
            };
            if (vErrors === null) {
              vErrors = [err32];
            } else {
              vErrors.push(err32);
            }
            errors++;
          }
        }
        if (data15.maxBodyBytes !== undefined) {
          let data16 = data15.maxBodyBytes;
          if (!(typeof data16 == 'number' && !(data16 % 1) && !isNaN(data16) && isFinite(data16))) {
            const err33 = {
              instancePath: instancePath + '/limits/maxBodyBytes',
              schemaPath: '#/properties/limits/properties/maxBodyBytes/type',
              keyword: 'type',
              params: { type: 'integer' },
              message: 'must be integer',
            };
            if (vErrors === null) {
              vErrors = [err33];
            } else {
              vErrors.push(err33);
            }
            errors++;
          }
          if (typeof data16 == 'number' && isFinite(data16)) {
            if (data16 < 1024 || isNaN(data16)) {
              const err34 = {
                instancePath: instancePath + '/limits/maxBodyBytes',
                schemaPath: '#/properties/limits/properties/maxBodyBytes/minimum',
                keyword: 'minimum',
                params: { comparison: '>=', limit: 1024 },
                message: 'must be >= 1024',
              };
              if (vErrors === null) {
                vErrors = [err34];
              } else {
                vErrors.push(err34);
              }
              errors++;
            }
          }
        }
        if (data15.maxBodiesBytes !== undefined) {
          let data17 = data15.maxBodiesBytes;
          if (!(typeof data17 == 'number' && !(data17 % 1) && !isNaN(data17) && isFinite(data17))) {
            const err35 = {
              instancePath: instancePath + '/limits/maxBodiesBytes',
              schemaPath: '#/properties/limits/properties/maxBodiesBytes/type',
              keyword: 'type',
              params: { type: 'integer' },
              message: 'must be integer',
            };
            if (vErrors === null) {
              vErrors = [err35];
            } else {
              vErrors.push(err35);
            }
            errors++;
          }
          if (typeof data17 == 'number' && isFinite(data17)) {
            if (data17 < 1048576 || isNaN(data17)) {
              const err36 = {
                instancePath: instancePath + '/limits/maxBodiesBytes',
                schemaPath: '#/properties/limits/properties/maxBodiesBytes/minimum',
                keyword: 'minimum',
                params: { comparison: '>=', limit: 1048576 },
                message: 'must be >= 1048576',
              };
              if (vErrors === null) {
                vErrors = [err36];
              } else {
                vErrors.push(err36);
              }
              errors++;
            }
          }
        }
        if (data15.maxJsonDepth !== undefined) {
          let data18 = data15.maxJsonDepth;
          if (!(typeof data18 == 'number' && !(data18 % 1) && !isNaN(data18) && isFinite(data18))) {
            const err37 = {
              instancePath: instancePath + '/limits/maxJsonDepth',
              schemaPath: '#/properties/limits/properties/maxJsonDepth/type',
              keyword: 'type',
              params: { type: 'integer' },
              message: 'must be integer',
            };
            if (vErrors === null) {
              vErrors = [err37];
            } else {
              vErrors.push(err37);
            }
            errors++;
          }
          if (typeof data18 == 'number' && isFinite(data18)) {
            if (data18 > 1000 || isNaN(data18)) {
              const err38 = {
                instancePath: instancePath + '/limits/maxJsonDepth',
                schemaPath: '#/properties/limits/properties/maxJsonDepth/maximum',
                keyword: 'maximum',
                params: { comparison: '<=', limit: 1000 },
                message: 'must be <= 1000',
              };
              if (vErrors === null) {
                vErrors = [err38];
              } else {
                vErrors.push(err38);
              }
              errors++;
            }
            if (data18 < 8 || isNaN(data18)) {
              const err39 = {
                instancePath: instancePath + '/limits/maxJsonDepth',
                schemaPath: '#/properties/limits/properties/maxJsonDepth/minimum',
                keyword: 'minimum',
                params: { comparison: '>=', limit: 8 },
                message: 'must be >= 8',
              };
              if (vErrors === null) {
                vErrors = [err39];
              } else {
                vErrors.push(err39);
              }
              errors++;
            }
          }
        }
        if (data15.maxBatchLength !== undefined) {
          let data19 = data15.maxBatchLength;
          if (!(typeof data19 == 'number' && !(data19 % 1) && !isNaN(data19) && isFinite(data19))) {
            const err40 = {
              instancePath: instancePath + '/limits/maxBatchLength',
              schemaPath: '#/properties/limits/properties/maxBatchLength/type',
              keyword: 'type',
              params: { type: 'integer' },
              message: 'must be integer',
            };
            if (vErrors === null) {
              vErrors = [err40];
            } else {
              vErrors.push(err40);
            }
            errors++;
          }
          if (typeof data19 == 'number' && isFinite(data19)) {
            if (data19 < 1 || isNaN(data19)) {
              const err41 = {
                instancePath: instancePath + '/limits/maxBatchLength',
                schemaPath: '#/properties/limits/properties/maxBatchLength/minimum',
                keyword: 'minimum',
                params: { comparison: '>=', limit: 1 },
                message: 'must be >= 1',
              };
              if (vErrors === null) {
                vErrors = [err41];
              } else {
                vErrors.push(err41);
              }
              errors++;
            }
          }
        }
        if (data15.maxConnections !== undefined) {
          let data20 = data15.maxConnections;
          if (!(typeof data20 == 'number' && !(data20 % 1) && !isNaN(data20) && isFinite(data20))) {
            const err42 = {
              instancePath: instancePath + '/limits/maxConnections',
              schemaPath: '#/properties/limits/properties/maxConnections/type',
              keyword: 'type',
              params: { type: 'integer' },
              message: 'must be integer',
            };
            if (vErrors === null) {
              vErrors = [err42];
            } else {
              vErrors.push(err42);
            }
            errors++;
          }
          if (typeof data20 == 'number' && isFinite(data20)) {
            if (data20 < 1 || isNaN(data20)) {
              const err43 = {
                instancePath: instancePath + '/limits/maxConnections',
                schemaPath: '#/properties/limits/properties/maxConnections/minimum',
                keyword: 'minimum',
                params: { comparison: '>=', limit: 1 },
                message: 'must be >= 1',
              };
              if (vErrors === null) {
                vErrors = [err43];
              } else {
                vErrors.push(err43);
              }
              errors++;
            }
          }
        }
        if (data15.maxConcurrentCalls !== undefined) {
          let data21 = data15.maxConcurrentCalls;
          if (!(typeof data21 == 'number' && !(data21 % 1) && !isNaN(data21) && isFinite(data21))) {
            const err44 = {
              instancePath: instancePath + '/limits/maxConcurrentCalls',
              schemaPath: '#/properties/limits/properties/maxConcurrentCalls/type',
              keyword: 'type',
              params: { type: 'integer' },
              message: 'must be integer',
            };
            if (vErrors === null) {
              vErrors = [err44];
            } else {
              vErrors.push(err44);
            }
            errors++;
          }
          if (typeof data21 == 'number' && isFinite(data21)) {
            if (data21 < 1 || isNaN(data21)) {
              const err45 = {
                instancePath: instancePath + '/limits/maxConcurrentCalls',
                schemaPath: '#/properties/limits/properties/maxConcurrentCalls/minimum',
                keyword: 'minimum',
                params: { comparison: '>=', limit: 1 },
                message: 'must be >= 1',
              };
              if (vErrors === null) {
                vErrors = [err45];
              } else {
                vErrors.push(err45);
              }
              errors++;
            }
          }
        }
        if (data15.maxQueuedCalls !== undefined) {
          let data22 = data15.maxQueuedCalls;
          if (!(typeof data22 == 'number' && !(data22 % 1) && !isNaN(data22) && isFinite(data22))) {
            const err46 = {
              instancePath: instancePath + '/limits/maxQueuedCalls',
              schemaPath: '#/properties/limits/properties/maxQueuedCalls/type',
              keyword: 'type',
              params: { type: 'integer' },
              message: 'must be integer',
            };
            if (vErrors === null) {
              vErrors = [err46];
            } else {
              vErrors.push(err46);
            }
            errors++;
          }
          if (typeof data22 == 'number' && isFinite(data22)) {
            if (data22 < 0 || isNaN(data22)) {
              const err47 = {
                instancePath: instancePath + '/limits/maxQueuedCalls',
                schemaPath: '#/properties/limits/properties/maxQueuedCalls/minimum',
                keyword: 'minimum',
                params: { comparison: '>=', limit: 0 },
                message: 'must be >= 0',
              };
              if (vErrors === null) {
                vErrors = [err47];
              } else {
                vErrors.push(err47);
              }
              errors++;
            }
          }
        }
      } else {
        const err48 = {
          instancePath: instancePath + '/limits',
          schemaPath: '#/properties/limits/type',
          keyword: 'type',
          params: { type: 'object' },
          message: 'must be object',
        };
        if (vErrors === null) {
          vErrors = [err48];
        } else {
          vErrors.push(err48);
        }
        errors++;
      }
    }
    if (data.timeouts !== undefined) {
      let data23 = data.timeouts;
      if (data23 && typeof data23 == 'object' && !Array.isArray(data23)) {
        for (const key4 in data23) {
          if (!(
            key4 === 'mount' ||
            key4 === 'osScript' ||
            key4 === 'extScript' ||
            key4 === 'processScan' ||
            key4 === 'lock' ||
            key4 === 'finish'
          )) {
            const err49 = {
              instancePath: instancePath + '/timeouts',
              schemaPath: '#/properties/timeouts/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key4 },
              message: 'must NOT have additional properties',
            };
            if (vErrors === null) {
              vErrors = [err49];
            } else {
              vErrors.push(err49);
            }
            errors++;
          }
        }
        if (data23.mount !== undefined) {
          let data24 = data23.mount;
          if (typeof data24 == 'number' && isFinite(data24)) {
            if (data24 > 86400 || isNaN(data24)) {
              const err50 = {
                instancePath: instancePath + '/timeouts/mount',
                schemaPath: '#/$defs/seconds/maximum',
                keyword: 'maximum',
                params: { comparison: '<=', limit: 86400 },
                message: 'must be <= 86400',
              };
              if (vErrors === null) {
                vErrors = [err50];
              } else {
                vErrors.push(err50);
              }
              errors++;
            }
            if (data24 <= 0 || isNaN(data24)) {
              const err51 = {
                instancePath: instancePath + '/timeouts/mount',
                schemaPath: '#/$defs/seconds/exclusiveMinimum',
                keyword: 'exclusiveMinimum',
                params: { comparison: '>', limit: 0 },
                message: 'must be > 0',
              };
              if (vErrors === null) {
                vErrors = [err51];
              } else {
                vErrors.push(err51);
              }
              errors++;
            }
          } else {
            const err52 = {
              instancePath: instancePath + '/timeouts/mount',
              schemaPath: '#/$defs/seconds/type',
              keyword: 'type',
              params: { type: 'number' },
              message: 'must be number',
            };
            if (vErrors === null) {
              vErrors = [err52];
            } else {
              vErrors.push(err52);
            }
            errors++;
          }
        }
        if (data23.osScript !== undefined) {
          let data25 = data23.osScript;
          if (typeof data25 == 'number' && isFinite(data25)) {
            if (data25 > 86400 || isNaN(data25)) {
              const err53 = {
                instancePath: instancePath + '/timeouts/osScript',
                schemaPath: '#/$defs/seconds/maximum',
                keyword: 'maximum',
                params: { comparison: '<=', limit: 86400 },
                message: 'must be <= 86400',
              };
              if (vErrors === null) {
                vErrors = [err53];
              } else {
                vErrors.push(err53);
              }
              errors++;
            }
            if (data25 <= 0 || isNaN(data25)) {
              const err54 = {
                instancePath: instancePath + '/timeouts/osScript',
                schemaPath: '#/$defs/seconds/exclusiveMinimum',
                keyword: 'exclusiveMinimum',
                params: { comparison: '>', limit: 0 },
                message: 'must be > 0',
              };
              if (vErrors === null) {
                vErrors = [err54];
              } else {
                vErrors.push(err54);
              }
              errors++;
            }
          } else {
            const err55 = {
              instancePath: instancePath + '/timeouts/osScript',
              schemaPath: '#/$defs/seconds/type',
              keyword: 'type',
              params: { type: 'number' },
              message: 'must be number',
            };
            if (vErrors === null) {
              vErrors = [err55];
            } else {
              vErrors.push(err55);
            }
            errors++;
          }
        }
        if (data23.extScript !== undefined) {
          let data26 = data23.extScript;
          if (typeof data26 == 'number' && isFinite(data26)) {
            if (data26 > 86400 || isNaN(data26)) {
              const err56 = {
                instancePath: instancePath + '/timeouts/extScript',
                schemaPath: '#/$defs/seconds/maximum',
                keyword: 'maximum',
                params: { comparison: '<=', limit: 86400 },
                message: 'must be <= 86400',
              };
              if (vErrors === null) {
                vErrors = [err56];
              } else {
                vErrors.push(err56);
              }
              errors++;
            }
            if (data26 <= 0 || isNaN(data26)) {
              const err57 = {
                instancePath: instancePath + '/timeouts/extScript',
                schemaPath: '#/$defs/seconds/exclusiveMinimum',
                keyword: 'exclusiveMinimum',
                params: { comparison: '>', limit: 0 },
                message: 'must be > 0',
              };
              if (vErrors === null) {
                vErrors = [err57];
              } else {
                vErrors.push(err57);
              }
              errors++;
            }
          } else {
            const err58 = {
              instancePath: instancePath + '/timeouts/extScript',
              schemaPath: '#/$defs/seconds/type',
              keyword: 'type',
              params: { type: 'number' },
              message: 'must be number',
            };
            if (vErrors === null) {
              vErrors = [err58];
            } else {
              vErrors.push(err58);
            }
            errors++;
          }
        }
        if (data23.processScan !== undefined) {
          let data27 = data23.processScan;
          if (typeof data27 == 'number' && isFinite(data27)) {
            if (data27 > 86400 || isNaN(data27)) {
              const err59 = {
                instancePath: instancePath + '/timeouts/processScan',
                schemaPath: '#/$defs/seconds/maximum',
                keyword: 'maximum',
                params: { comparison: '<=', limit: 86400 },
                message: 'must be <= 86400',
              };
              if (vErrors === null) {
                vErrors = [err59];
              } else {
                vErrors.push(err59);
              }
              errors++;
            }
            if (data27 <= 0 || isNaN(data27)) {
              const err60 = {
                instancePath: instancePath + '/timeouts/processScan',
                schemaPath: '#/$defs/seconds/exclusiveMinimum',
                keyword: 'exclusiveMinimum',
                params: { comparison: '>', limit: 0 },
                message: 'must be > 0',
              };
              if (vErrors === null) {
                vErrors = [err60];
              } else {
                vErrors.push(err60);
              }
              errors++;
            }
          } else {
            const err61 = {
              instancePath: instancePath + '/timeouts/processScan',
              schemaPath: '#/$defs/seconds/type',
              keyword: 'type',
              params: { type: 'number' },
              message: 'must be number',
            };
            if (vErrors === null) {
              vErrors = [err61];
            } else {
              vErrors.push(err61);
            }
            errors++;
          }
        }
        if (data23.lock !== undefined) {
          let data28 = data23.lock;
          if (typeof data28 == 'number' && isFinite(data28)) {
            if (data28 > 86400 || isNaN(data28)) {
              const err62 = {
                instancePath: instancePath + '/timeouts/lock',
                schemaPath: '#/$defs/seconds/maximum',
                keyword: 'maximum',
                params: { comparison: '<=', limit: 86400 },
                message: 'must be <= 86400',
              };
              if (vErrors === null) {
                vErrors = [err62];
              } else {
                vErrors.push(err62);
              }
              errors++;
            }
            if (data28 <= 0 || isNaN(data28)) {
              const err63 = {
                instancePath: instancePath + '/timeouts/lock',
                schemaPath: '#/$defs/seconds/exclusiveMinimum',
                keyword: 'exclusiveMinimum',
                params: { comparison: '>', limit: 0 },
                message: 'must be > 0',
              };
              if (vErrors === null) {
                vErrors = [err63];
              } else {
                vErrors.push(err63);
              }
              errors++;
            }
          } else {
            const err64 = {
              instancePath: instancePath + '/timeouts/lock',
              schemaPath: '#/$defs/seconds/type',
              keyword: 'type',
              params: { type: 'number' },
              message: 'must be number',
            };
            if (vErrors === null) {
              vErrors = [err64];
            } else {
              vErrors.push(err64);
            }
            errors++;
          }
        }
        if (data23.finish !== undefined) {
          let data29 = data23.finish;
          if (typeof data29 == 'number' && isFinite(data29)) {
            if (data29 > 86400 || isNaN(data29)) {
              const err65 = {
                instancePath: instancePath + '/timeouts/finish',
                schemaPath: '#/$defs/seconds/maximum',
                keyword: 'maximum',
                params: { comparison: '<=', limit: 86400 },
                message: 'must be <= 86400',
              };
              if (vErrors === null) {
                vErrors = [err65];
              } else {
                vErrors.push(err65);
              }
              errors++;
            }
            if (data29 <= 0 || isNaN(data29)) {
              const err66 = {
                instancePath: instancePath + '/timeouts/finish',
                schemaPath: '#/$defs/seconds/exclusiveMinimum',
                keyword: 'exclusiveMinimum',
                params: { comparison: '>', limit: 0 },
                message: 'must be > 0',
              };
              if (vErrors === null) {
                vErrors = [err66];
              } else {
                vErrors.push(err66);
              }
              errors++;
            }
          } else {
            const err67 = {
              instancePath: instancePath + '/timeouts/finish',
              schemaPath: '#/$defs/seconds/type',
              keyword: 'type',
              params: { type: 'number' },
              message: 'must be number',
            };
            if (vErrors === null) {
              vErrors = [err67];
            } else {
              vErrors.push(err67);
            }
            errors++;
          }
        }
      } else {
        const err68 = {
          instancePath: instancePath + '/timeouts',
          schemaPath: '#/properties/timeouts/type',
          keyword: 'type',
          params: { type: 'object' },
          message: 'must be object',
        };
        if (vErrors === null) {
          vErrors = [err68];
        } else {
          vErrors.push(err68);
        }
        errors++;
      }
    }
    if (data.chroot !== undefined) {
      let data30 = data.chroot;
      if (data30 && typeof data30 == 'object' && !Array.isArray(data30)) {
        for (const key5 in data30) {
          if (!(
            key5 === 'startTimeout' ||
            key5 === 'enforceLimits' ||
            key5 === 'maxProcesses' ||
            key5 === 'reportUsage' ||
            key5 === 'cgroupParent'
          )) {
            const err69 = {
              instancePath: instancePath + '/chroot',
              schemaPath: '#/properties/chroot/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key5 },
              message: 'must NOT have additional properties',
            };
            if (vErrors === null) {
              vErrors = [err69];
            } else {
              vErrors.push(err69);
            }
            errors++;
          }
        }
        if (data30.startTimeout !== undefined) {
          let data31 = data30.startTimeout;
          if (typeof data31 == 'number' && isFinite(data31)) {
            if (data31 > 86400 || isNaN(data31)) {
              const err70 = {
                instancePath: instancePath + '/chroot/startTimeout',
                schemaPath: '#/$defs/seconds/maximum',
                keyword: 'maximum',
                params: { comparison: '<=', limit: 86400 },
                message: 'must be <= 86400',
              };
              if (vErrors === null) {
                vErrors = [err70];
              } else {
                vErrors.push(err70);
              }
              errors++;
            }
            if (data31 <= 0 || isNaN(data31)) {
              const err71 = {
                instancePath: instancePath + '/chroot/startTimeout',
                schemaPath: '#/$defs/seconds/exclusiveMinimum',
                keyword: 'exclusiveMinimum',
                params: { comparison: '>', limit: 0 },
                message: 'must be > 0',
              };
              if (vErrors === null) {
                vErrors = [err71];
              } else {
                vErrors.push(err71);
              }
              errors++;
            }
          } else {
            const err72 = {
              instancePath: instancePath + '/chroot/startTimeout',
              schemaPath: '#/$defs/seconds/type',
              keyword: 'type',
              params: { type: 'number' },
              message: 'must be number',
            };
            if (vErrors === null) {
              vErrors = [err72];
            } else {
              vErrors.push(err72);
            }
            errors++;
          }
        }
        if (data30.enforceLimits !== undefined) {
          if (typeof data30.enforceLimits !== 'boolean') {
            const err73 = {
              instancePath: instancePath + '/chroot/enforceLimits',
              schemaPath: '#/properties/chroot/properties/enforceLimits/type',
              keyword: 'type',
              params: { type: 'boolean' },
              message: 'must be boolean',
            };
            if (vErrors === null) {
              vErrors = [err73];
            } else {
              vErrors.push(err73);
            }
            errors++;
          }
        }
        if (data30.maxProcesses !== undefined) {
          let data33 = data30.maxProcesses;
          if (!(typeof data33 == 'number' && !(data33 % 1) && !isNaN(data33) && isFinite(data33))) {
            const err74 = {
              instancePath: instancePath + '/chroot/maxProcesses',
              schemaPath: '#/properties/chroot/properties/maxProcesses/type',
              keyword: 'type',
              params: { type: 'integer' },
              message: 'must be integer',
            };
            if (vErrors === null) {
              vErrors = [err74];
            } else {
              vErrors.push(err74);
            }
            errors++;
          }
          if (typeof data33 == 'number' && isFinite(data33)) {
            if (data33 > 4194304 || isNaN(data33)) {
              const err75 = {
                instancePath: instancePath + '/chroot/maxProcesses',
                schemaPath: '#/properties/chroot/properties/maxProcesses/maximum',
                keyword: 'maximum',
                params: { comparison: '<=', limit: 4194304 },
                message: 'must be <= 4194304',
              };
              if (vErrors === null) {
                vErrors = [err75];
              } else {
                vErrors.push(err75);
              }
              errors++;
            }
            if (data33 < 1 || isNaN(data33)) {
              const err76 = {
                instancePath: instancePath + '/chroot/maxProcesses',
                schemaPath: '#/properties/chroot/properties/maxProcesses/minimum',
                keyword: 'minimum',
                params: { comparison: '>=', limit: 1 },
                message: 'must be >= 1',
              };
              if (vErrors === null) {
                vErrors = [err76];
              } else {
                vErrors.push(err76);
              }
              errors++;
            }
          }
        }
        if (data30.reportUsage !== undefined) {
          if (typeof data30.reportUsage !== 'boolean') {
            const err77 = {
              instancePath: instancePath + '/chroot/reportUsage',
              schemaPath: '#/properties/chroot/properties/reportUsage/type',
              keyword: 'type',
              params: { type: 'boolean' },
              message: 'must be boolean',
            };
            if (vErrors === null) {
              vErrors = [err77];
            } else {
              vErrors.push(err77);
            }
            errors++;
          }
        }
        if (data30.cgroupParent !== undefined) {
          let data35 = data30.cgroupParent;
          if (typeof data35 === 'string') {
            if (!pattern11.test(data35)) {
              const err78 = {
                instancePath: instancePath + '/chroot/cgroupParent',
                schemaPath: '#/properties/chroot/properties/cgroupParent/pattern',
                keyword: 'pattern',
                params: { pattern: '^(?!.*(^|/)\\.{1,2}(/|$))[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$' },
                message:
                  'must match pattern "' +
                  '^(?!.*(^|/)\\.{1,2}(/|$))[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$' +
                  '"',
              };
              if (vErrors === null) {
                vErrors = [err78];
              } else {
                vErrors.push(err78);
              }
              errors++;
            }
          } else {
            const err79 = {
              instancePath: instancePath + '/chroot/cgroupParent',
              schemaPath: '#/properties/chroot/properties/cgroupParent/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
            };
            if (vErrors === null) {
              vErrors = [err79];
            } else {
              vErrors.push(err79);
            }
            errors++;
          }
        }
      } else {
        const err80 = {
          instancePath: instancePath + '/chroot',
          schemaPath: '#/properties/chroot/type',
          keyword: 'type',
          params: { type: 'object' },
          message: 'must be object',
        };
        if (vErrors === null) {
          vErrors = [err80];
        } else {
          vErrors.push(err80);
        }
        errors++;
      }
    }
    if (data.ganeti !== undefined) {
      let data36 = data.ganeti;
      if (data36 && typeof data36 == 'object' && !Array.isArray(data36)) {
        for (const key6 in data36) {
          if (!(key6 === 'version' || key6 === 'shareDir')) {
            const err81 = {
              instancePath: instancePath + '/ganeti',
              schemaPath: '#/properties/ganeti/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key6 },
              message: 'must NOT have additional properties',
            };
            if (vErrors === null) {
              vErrors = [err81];
            } else {
              vErrors.push(err81);
            }
            errors++;
          }
        }
        if (data36.version !== undefined) {
          let data37 = data36.version;
          if (!(data37 === '3.0' || data37 === '3.1')) {
            const err82 = {
              instancePath: instancePath + '/ganeti/version',
              schemaPath: '#/properties/ganeti/properties/version/enum',
              keyword: 'enum',
              params: { allowedValues: schema31.properties.ganeti.properties.version.enum },
              message: 'must be equal to one of the allowed values',
            };
            if (vErrors === null) {
              vErrors = [err82];
            } else {
              vErrors.push(err82);
            }
            errors++;
          }
        }
        if (data36.shareDir !== undefined) {
          let data38 = data36.shareDir;
          if (typeof data38 === 'string') {
            if (func1(data38) > 1024) {
              const err83 = {
                instancePath: instancePath + '/ganeti/shareDir',
                schemaPath: '#/$defs/path/maxLength',
                keyword: 'maxLength',
                params: { limit: 1024 },
                message: 'must NOT have more than 1024 characters',
              };
              if (vErrors === null) {
                vErrors = [err83];
              } else {
                vErrors.push(err83);
              }
              errors++;
            }
            if (!pattern4.test(data38)) {
              const err84 = {
                instancePath: instancePath + '/ganeti/shareDir',
                schemaPath: '#/$defs/path/pattern',
                keyword: 'pattern',
                params: { pattern: '^/[^\\u0000]*$' },
                message: 'must match pattern "' + '^/[^\\u0000]*$' + '"',
              };
              if (vErrors === null) {
                vErrors = [err84];
              } else {
                vErrors.push(err84);
              }
              errors++;
            }
          } else {
            const err85 = {
              instancePath: instancePath + '/ganeti/shareDir',
              schemaPath: '#/$defs/path/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
            };
            if (vErrors === null) {
              vErrors = [err85];
            } else {
              vErrors.push(err85);
            }
            errors++;
          }
        }
      } else {
        const err86 = {
          instancePath: instancePath + '/ganeti',
          schemaPath: '#/properties/ganeti/type',
          keyword: 'type',
          params: { type: 'object' },
          message: 'must be object',
        };
        if (vErrors === null) {
          vErrors = [err86];
        } else {
          vErrors.push(err86);
        }
        errors++;
      }
    }
    if (data.powercycle !== undefined) {
      let data39 = data.powercycle;
      if (data39 && typeof data39 == 'object' && !Array.isArray(data39)) {
        for (const key7 in data39) {
          if (!(key7 === 'enabled')) {
            const err87 = {
              instancePath: instancePath + '/powercycle',
              schemaPath: '#/properties/powercycle/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key7 },
              message: 'must NOT have additional properties',
            };
            if (vErrors === null) {
              vErrors = [err87];
            } else {
              vErrors.push(err87);
            }
            errors++;
          }
        }
        if (data39.enabled !== undefined) {
          if (typeof data39.enabled !== 'boolean') {
            const err88 = {
              instancePath: instancePath + '/powercycle/enabled',
              schemaPath: '#/properties/powercycle/properties/enabled/type',
              keyword: 'type',
              params: { type: 'boolean' },
              message: 'must be boolean',
            };
            if (vErrors === null) {
              vErrors = [err88];
            } else {
              vErrors.push(err88);
            }
            errors++;
          }
        }
      } else {
        const err89 = {
          instancePath: instancePath + '/powercycle',
          schemaPath: '#/properties/powercycle/type',
          keyword: 'type',
          params: { type: 'object' },
          message: 'must be object',
        };
        if (vErrors === null) {
          vErrors = [err89];
        } else {
          vErrors.push(err89);
        }
        errors++;
      }
    }
  } else {
    const err90 = {
      instancePath,
      schemaPath: '#/type',
      keyword: 'type',
      params: { type: 'object' },
      message: 'must be object',
    };
    if (vErrors === null) {
      vErrors = [err90];
    } else {
      vErrors.push(err90);
    }
    errors++;
  }
  validate20.errors = vErrors;
  return errors === 0;
}
validate20.evaluated = { props: true, dynamicProps: false, dynamicItems: false };
