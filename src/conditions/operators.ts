/** Every operator that an object of `Operators` may have, by name. */
export const OPERATORS: ReadonlySet<string> = /* @__PURE__ */ new Set(
  (
    '$eq $ne $lt $lte $gt $gte $in $nin $ini $nini $all $alli $size $elemMatch $regex $regexi ' +
    '$exists $type $not $veq $vne $vlt $vlte $vgt $vgte $inGroup $notInGroup'
  ).split(' '),
);
