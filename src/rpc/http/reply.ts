/** What goes back over HTTP. */
export interface HttpReply {
  readonly status: number;
  readonly contentType?: 'application/json' | 'text/html';
  readonly body?: string;
  /** Whether the connection is of no use afterwards, because the rest of the request was not read. */
  readonly closes?: boolean;
  /** The methods there are, for status 405. */
  readonly allow?: string;
  /** For status 503. */
  readonly retryAfterSeconds?: number;
}

const EXPLANATIONS = {
  400: ['Bad Request', 'the node daemon does not understand the request'],
  404: ['Not Found', 'the node daemon has no such call'],
  413: ['Content Too Large', 'the body of the request is too long'],
  500: ['Internal Server Error', 'the node daemon could not create a reply'],
  503: ['Service Unavailable', 'the node daemon is overloaded'],
} as const;

export function jsonReply(body: string): HttpReply {
  return { status: 200, contentType: 'application/json', body };
}

/** A page of the form that Ganeti's clients are used to (Ganeti: http.server.DEFAULT_ERROR_MESSAGE). */
export function errorReply(status: keyof typeof EXPLANATIONS, message?: string): HttpReply {
  const [title, explanation] = EXPLANATIONS[status];
  const body = `<html>
<head><title>Error ${String(status)}</title></head>
<body>
<h1>${title}</h1>
<p>Message: ${escapeHtml(message ?? title)}.
<p>Error code ${String(status)} means that ${explanation}.
</body>
</html>
`;
  return { status, contentType: 'text/html', body };
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#x27;');
}
