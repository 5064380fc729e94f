/** A time of day that can be part of a file's name: local, and without colons (Ganeti: utils.TimestampForFilename). */
export function timestampForFileName(time: Date): string {
  const date = [time.getFullYear(), time.getMonth() + 1, time.getDate()];
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()];
  return `${date.map(twoDigits).join('-')}_${clock.map(twoDigits).join('_')}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
