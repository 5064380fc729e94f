import type { CALL_FORMS } from '../generated/call-forms.js';
import type { CallName, Calls } from '../generated/calls.js';

/** An object with the values of one tuple under the names in another. */
type Named<Values extends readonly unknown[], Names extends readonly string[]> = {
  [I in keyof Values as I extends keyof Names & `${number}` ? Names[I] & string : never]: Values[I];
};

/** The parameters of a call in order. */
export type OrderedParams<M extends CallName> = Readonly<Calls[M]['params']>;

/** The parameters of a call by name. */
export type NamedParams<M extends CallName> = Calls[M]['params'] extends []
  ? Readonly<Record<string, never>>
  : Readonly<Named<Calls[M]['params'], (typeof CALL_FORMS)[M]['params']>>;

export type CallParams<M extends CallName> = OrderedParams<M> | NamedParams<M>;

/** The result of a call. */
export type CallResult<M extends CallName> = Calls[M]['result'];

/** The arguments of `Client.call` after the name: a call without parameters needs none. */
export type CallArguments<M extends CallName, Options> = Calls[M]['params'] extends []
  ? [params?: CallParams<M>, options?: Options]
  : [params: CallParams<M>, options?: Options];
