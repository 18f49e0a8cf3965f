import * as v from 'valibot';

const Login = v.object({ email: v.pipe(v.string(), v.email()), password: v.pipe(v.string(), v.minLength(8)) });
type Login = v.InferOutput<typeof Login>;
const login: Login = v.parse(Login, { email: 'jane@example.com', password: '12345678' });
console.log(login.email);
try {
  v.parse(Login, { email: '', password: '' });
} catch (error) {
  if (v.isValiError<typeof Login>(error)) console.log(error.issues.map((issue) => issue.message).join('; '));
}
