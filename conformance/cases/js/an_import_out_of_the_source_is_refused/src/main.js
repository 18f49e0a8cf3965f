import passwords from '../../../../../../../../etc/passwd' with { type: 'text' };
console.log(passwords);
