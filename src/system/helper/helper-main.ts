import { JOBS } from './jobs.js';
import { serveJobs } from './serve-jobs.js';

/** The program of a helper, which `Helpers` starts. */
serveJobs(JOBS);
