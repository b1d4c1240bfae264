/** Where the redirect leads: the next visitor comes at once. */
const [name, left] = new URLSearchParams(location.search).get('unit')!.split('.');
location.replace(`/?unit=${name}.${Number(left) - 1}`);
