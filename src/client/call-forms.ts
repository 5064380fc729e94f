import { CALL_FORMS, type CallForm } from '../generated/call-forms.js';

/** Whether a call may change something on the node. An unknown call may. */
export function changesNode(method: string): boolean {
  return method !== 'rpc.discover' && formOf(method)?.changes !== false;
}

/**
 * The body of a call on Ganeti's wire, which knows no names.
 *
 * @param params in order or by name
 * @throws TypeError for an unknown name, or when a parameter is missing before others
 */
export function ganetiBody(method: string, params: object): unknown {
  const form = formOf(method);
  if (form === undefined) throw new TypeError(`unknown call ${method}`);
  const values = Array.isArray(params)
    ? (params as unknown[])
    : inOrder(method, form.params, new Map(Object.entries(params)));
  return form.body === 'whole' ? values[0] : values;
}

function formOf(method: string): CallForm | undefined {
  const forms: Readonly<Record<string, CallForm>> = CALL_FORMS;
  return Object.hasOwn(forms, method) ? forms[method] : undefined;
}

function inOrder(
  method: string,
  names: readonly string[],
  values: ReadonlyMap<string, unknown>,
): unknown[] {
  const given = names.slice(0, values.size);
  if ([...values.keys()].some((name) => !given.includes(name)))
    throw new TypeError(`the parameters of ${method} are ${names.join(', ') || 'none'}`);
  return given.map((name) => values.get(name));
}
