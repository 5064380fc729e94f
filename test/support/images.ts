/** What scripts make their chroots of as well, under the name by which tests know it. */
export { makeImage, PLAIN_SCRIPT, type ImageOptions } from '../../scripts/chroots/image.js';
