// Only browsers that know no modules read this: nothing else of the portal would run in them.
location.replace('/unsupported-browser')
